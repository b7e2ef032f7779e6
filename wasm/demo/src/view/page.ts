// The whole page.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App, Mode, Tab } from "../app";
import { formatMinor } from "../money";
import { SCENARIOS } from "../scenario";
import { saveCsv, saveFile, saveSteps } from "../save";
import { toggleTheme } from "../theme";
import { accountsView } from "./accounts";
import { SERIES } from "./chart";
import { daysView } from "./days";
import { dockView } from "./dock";
import { handView } from "./hand";
import { journalView } from "./journal";
import { statementView } from "./statement";
import { stepsView } from "./steps";
import { storyView } from "./story";
import { trialView } from "./trial";

const MODES: readonly [Mode, string][] = [
  ...Object.entries(SCENARIOS).map(([mode, { label }]): [Mode, string] => [mode, label]),
  ["days", "Simulated days"],
  ["hand", "By hand"],
];

const SERIES_NAMES = { available: "Available", pending: "Pending", fees: "Fees", refunds: "Refunds" } as const;

export function pageView(app: App): TemplateResult {
  return html`
    <a class="skip" href="#story-headline" @click=${skip}>Skip to what happened</a>
    <header class="top">
      <p class="wordmark">Refundry <span>simulator</span></p>
      <nav class="modes" aria-label="Scenarios">
        ${MODES.map(([mode, label]) => html`<button aria-current=${mode === app.mode ? "page" : nothing} data-mode=${mode} @click=${() => void app.open(mode)}>${label}</button>`)}
      </nav>
      <button class="quiet-button theme" data-test="theme" @click=${toggleTheme}><span class="half" aria-hidden="true"></span>Theme</button>
    </header>
    <main>
      <div class="lead">
        <h1>${app.title}</h1>
        <p>${app.lead}</p>
        <p class="whose">The book of <bdi dir="auto">${app.merchant.name}</bdi></p>
        ${currencyView(app)}
      </div>
      ${daysView(app)}
      <div class="front">
        <div class="main-column">${storyView(app)} ${accountsView(app)}</div>
        <div class="side-column">${stepsView(app)} ${handView(app)}</div>
      </div>
      <div class="middle">${chartView(app)} ${trialView(app)}</div>
      ${tablesView(app)}
    </main>
    <footer class="colophon">
      <p>
        Every figure is the answer of the real ledger, compiled to WebAssembly, in this page’s memory. Nothing leaves it.
        Real shop: “Online Retail”, D. Chen, UCI Machine Learning Repository, CC BY 4.0.
      </p>
    </footer>
    <aside class="dock" aria-label="Time travel and trial balance">${dockView(app)}</aside>
    <p class="hidden" role="status">${app.announcement}</p>
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
    <label class="currency"><span>New book in</span>
      <select data-test="currency" @change=${choose}>
        ${["EGP", "KWD", "JPY", "EUR"].map((code) => html`<option ?selected=${code === app.history.book.currency.code}>${code}</option>`)}
      </select>
    </label>
  `;
}

function chartView(app: App): TemplateResult {
  const { history, seq } = app;
  const { exponent, code } = history.book.currency;
  const balances = history.balancesAt(seq);
  const values = { ...balances, refunds: history.refundedAt(seq) };
  const said = SERIES.map((series) => `${SERIES_NAMES[series]} ${formatMinor(values[series], exponent)}`).join(", ");
  return html`
    <section class="chart" aria-labelledby="chart-title">
      <h2 id="chart-title" class="section-title">Over time <span class="aside">in ${code}; the line is entry ${seq}</span></h2>
      <dl class="legend">
        ${SERIES.map((series) => html`
          <div>
            <dt><span class="key" data-key=${series}></span>${SERIES_NAMES[series]}</dt>
            <dd data-legend=${series}>${formatMinor(values[series], exponent)}</dd>
          </div>`)}
      </dl>
      <div class="plot" id="plot" role="img" aria-label=${`At entry ${seq}: ${said}.`}></div>
    </section>
  `;
}

function tablesView(app: App): TemplateResult {
  const tab = (name: Tab, label: string) => html`
    <button id="tab-${name}" aria-pressed=${app.tab === name ? "true" : "false"} @click=${() => app.show(name)}>${label}</button>`;
  return html`
    <section class="tables" aria-label="Tables">
      <div class="tables-head">
        <div role="group" class="tabs" aria-label="Tables">${tab("journal", "Journal")}${tab("statement", "Statement")}</div>
        <div class="row">
          <button class="quiet-button" data-test="save-csv" @click=${() => saveCsv(app)}>Journal as CSV</button>
          <button class="quiet-button" data-test="save-steps" @click=${() => saveSteps(app)}>Steps as JSON</button>
          <button class="quiet-button" data-test="save-file" @click=${() => saveFile(app)}>SQLite file</button>
        </div>
      </div>
      <div>${app.tab === "journal" ? journalView(app) : statementView(app)}</div>
    </section>
  `;
}
