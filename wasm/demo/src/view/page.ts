// The whole page.

import { html, nothing, type TemplateResult } from "lit-html";
import type { Mode } from "../address";
import type { App, Tab } from "../app";
import { chooseLanguage, language, words } from "../language";
import { SCENARIOS } from "../scenario";
import { saveCsv, saveFile, saveSteps } from "../save";
import { toggleTheme } from "../theme";
import { accountsView, touchedView } from "./accounts";
import { callView } from "./call";
import { chartView } from "./chart";
import { daysView } from "./days";
import { handView } from "./hand";
import { journalView } from "./journal";
import { pictureView } from "./picture";
import { statementView } from "./statement";
import { stepsView } from "./steps";
import { reasonsView, storyAt, storyView } from "./story";
import { transportView } from "./transport";
import { equationView, trialView } from "./trial";

const MODES: readonly Mode[] = [...Object.keys(SCENARIOS), "days", "hand"];

export function pageView(app: App): TemplateResult {
  const story = storyAt(app);
  const isByHand = app.mode === "hand";
  return html`
    <a class="skip" href="#story-headline" @click=${skip}>${words().page.skip}</a>
    <header class="top">
      <div class="bar-of-time">
        <p class="wordmark">Refundry <span>${words().page.name}</span></p>
        ${transportView(app)}
      </div>
      <div class="bar-of-places">
        <nav class="modes" aria-label=${words().page.scenarios}>
          ${MODES.map((mode) => html`<button aria-current=${mode === app.mode ? "page" : nothing} data-mode=${mode} @click=${() => void app.open(mode)}>${words().scenarios[mode]}</button>`)}
        </nav>
        ${settingsView()}
      </div>
    </header>
    <main class=${`is-${app.mode}`}>
      <div class="lead">
        <h1>${app.title}</h1>
        <p>${app.lead}</p>
        <p class="whose">${words().page.bookOf} <bdi dir="auto">${app.merchant.name}</bdi></p>
        ${currencyView(app)}
      </div>
      ${daysView(app)}
      <div class="front">
        <div class="main-column">
          ${storyView(app, story)} ${pictureView(app, story)} ${touchedView(app, story)} ${reasonsView(app, story)} ${equationView(app)}
        </div>
        <div class="side-column">${isByHand ? handView(app) : nothing} ${stepsView(app)} ${callView(app)}</div>
      </div>
      <div class="middle">${accountsView(app)} ${isByHand ? nothing : handView(app)}</div>
      <div class="middle">${chartView(app)} ${trialView(app)}</div>
      ${tablesView(app)}
    </main>
    <footer class="colophon"><p>${words().page.colophon}</p></footer>
    <p class="hidden" role="status">${app.announcement}</p>
  `;
}

function settingsView(): TemplateResult {
  const other = language() === "en" ? "ar" : "en";
  return html`
    <div class="settings">
      <a class="quiet-button" href=${`./viewer.html?lang=${language()}`} data-test="viewer">${words().page.viewer}</a>
      <button class="quiet-button" data-test="language" lang=${other} @click=${() => chooseLanguage(other)}>${words().page.otherLanguage}</button>
      <button class="quiet-button theme" data-test="theme" @click=${toggleTheme}><span class="half" aria-hidden="true"></span>${words().page.theme}</button>
    </div>
  `;
}

/** The address names the scenario, so the link itself may not change it. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#story-headline")?.focus();
}

/** An empty book can be in any currency; its exponent comes with it. */
function currencyView(app: App): TemplateResult | typeof nothing {
  if (app.mode !== "hand") return nothing;
  const choose = (event: Event) => app.beginByHand((event.target as HTMLSelectElement).value);
  return html`
    <label class="currency"><span>${words().page.newBook}</span>
      <select data-test="currency" @change=${choose}>
        ${["EGP", "KWD", "JPY", "EUR"].map((code) => html`<option ?selected=${code === app.history.book.currency.code}>${code}</option>`)}
      </select>
    </label>
  `;
}

function tablesView(app: App): TemplateResult {
  const say = words().tables;
  const tab = (name: Tab, label: string) => html`
    <button id="tab-${name}" aria-pressed=${app.tab === name ? "true" : "false"} @click=${() => app.show(name)}>${label}</button>`;
  return html`
    <section class="tables" aria-label=${say.label}>
      <div class="tables-head">
        <div role="group" class="tabs" aria-label=${say.label}>${tab("journal", say.journal)}${tab("statement", say.statement)}</div>
        <div class="row">
          <button class="quiet-button" data-test="save-csv" @click=${() => saveCsv(app)}>${say.csv}</button>
          <button class="quiet-button" data-test="save-steps" @click=${() => saveSteps(app)}>${say.steps}</button>
          <button class="quiet-button" data-test="save-file" @click=${() => saveFile(app)}>${say.file}</button>
        </div>
      </div>
      <div>${app.tab === "journal" ? journalView(app) : statementView(app)}</div>
    </section>
  `;
}
