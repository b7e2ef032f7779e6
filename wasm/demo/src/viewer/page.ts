// The viewer's page.

import type { ExportFormat } from "refundry/full";
import { html, nothing, type TemplateResult } from "lit-html";
import { ACCOUNTS, nameOf } from "../accounts";
import { chooseLanguage, language, words } from "../language";
import { formatCount, formatMinor, symbolOf } from "../money";
import { SERIES } from "../track";
import { toggleTheme } from "../theme";
import { detailView } from "./detail";
import type { List, Viewer } from "./viewer";

export function pageView(viewer: Viewer): TemplateResult {
  const say = words();
  const other = language() === "en" ? "ar" : "en";
  return html`
    <header class="top">
      <div class="bar-of-time viewer-bar">
        <p class="wordmark">Refundry <span>${say.viewer.name}</span></p>
        <div class="settings">
          <a class="quiet-button" href=${`./index.html?lang=${language()}`}>${say.viewer.toSimulator}</a>
          <button class="quiet-button" data-test="language" lang=${other} @click=${() => chooseLanguage(other)}>${say.page.otherLanguage}</button>
          <button class="quiet-button theme" data-test="theme" @click=${toggleTheme}><span class="half" aria-hidden="true"></span>${say.page.theme}</button>
        </div>
      </div>
    </header>
    <main class="viewer">
      <h1 class=${viewer.book ? "hidden" : ""}>${say.viewer.title}</h1>
      ${openView(viewer)} ${viewer.client && !viewer.book ? html`<p>${say.viewer.noBooks}</p>` : nothing} ${viewer.book ? bookView(viewer) : nothing}
    </main>
    <p class="hidden" role="status" data-test="status">${viewer.isOpening ? say.viewer.opening : viewer.verdict}</p>
  `;
}

function openView(viewer: Viewer): TemplateResult {
  const say = words().viewer;
  const choose = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = "";
    if (file) void viewer.open(file);
  };
  return html`
    <section class="open ${viewer.book ? "is-small" : ""}" aria-label=${say.choose}>
      ${viewer.book ? html`<p><strong><bdi>${viewer.fileName}</bdi></strong></p>` : html`<p>${say.lead}</p>`}
      <p>
        ${viewer.book ? nothing : html`<span>${say.drop} </span>`}
        <label class="file"><span class="quiet-button">${viewer.book ? say.another : say.choose}</span><input type="file" data-test="file" @change=${choose} /></label>
      </p>
      ${viewer.isOpening ? html`<p class="quiet">${say.opening}</p>` : nothing}
      ${viewer.problem ? html`<p class="said is-refused" role="alert" data-test="problem">${viewer.problem}</p>` : nothing}
    </section>
  `;
}

function bookView(viewer: Viewer): TemplateResult {
  return html`
    ${choicesView(viewer)} ${balancesView(viewer)} ${searchView(viewer)}
    <div class="reader">
      ${listView(viewer)} ${detailView(viewer)}
    </div>
    ${chartView(viewer)}
  `;
}

function choicesView(viewer: Viewer): TemplateResult {
  const say = words().viewer;
  const { book, books, verifying } = viewer;
  const chosen = (event: Event) => (event.target as HTMLSelectElement).value;
  return html`
    <section class="choices" aria-label=${say.merchant}>
      <label><span>${say.merchant}</span>
        <select data-test="merchant" @change=${(event: Event) => void viewer.choose(chosen(event))}>
          ${books.map(({ merchant, entries }) => html`<option value=${merchant.id} ?selected=${merchant.id === book?.merchant.id}>${merchant.name} (${merchant.id}) – ${say.entries(entries, formatCount(entries))}</option>`)}
        </select>
      </label>
      <label><span>${say.currency}</span>
        <select data-test="currency" @change=${(event: Event) => void viewer.chooseCurrency(chosen(event))}>
          ${book?.balances.map(({ currency }) => html`<option ?selected=${currency === viewer.currency}>${currency}</option>`)}
        </select>
      </label>
      <div class="row">
        <button class="quiet-button" data-test="verify" ?disabled=${verifying !== null} @click=${() => void viewer.verify()}>${say.verify}</button>
      </div>
      ${exportView(viewer)}
      ${verifying
        ? html`<p class="verifying"><progress max=${verifying.total} value=${verifying.done} aria-label=${say.verify}></progress> ${say.verifying(formatCount(verifying.done), formatCount(verifying.total))}</p>`
        : nothing}
      ${viewer.verdict ? html`<p class="said ${viewer.isSound ? "is-done" : "is-refused"}" data-test="verdict">${viewer.verdict}</p>` : nothing}
    </section>
  `;
}

const FORMATS: readonly ExportFormat[] = ["csv-journal", "csv-statement", "csv-refunds", "csv-charges", "csv-disputes", "hledger", "ledger", "beancount"];

function exportView(viewer: Viewer): TemplateResult {
  const say = words().viewer;
  const fieldOf = (event: SubmitEvent, name: string) => String(new FormData(event.target as HTMLFormElement).get(name) ?? "");
  const saveAs = (event: SubmitEvent) => {
    event.preventDefault();
    void viewer.export(fieldOf(event, "format") as ExportFormat);
  };
  const print = (event: SubmitEvent) => {
    event.preventDefault();
    void viewer.saveStatement(fieldOf(event, "month"));
  };
  return html`
    <form class="saving" @submit=${saveAs}>
      <label><span>${say.saveAs}</span><select name="format" data-test="format">${FORMATS.map((format) => html`<option value=${format}>${say.formats[format]}</option>`)}</select></label>
      <button class="quiet-button" data-test="export">${say.save}</button>
    </form>
    <form class="saving" @submit=${print}>
      <label><span>${say.monthly}</span><input type="text" name="month" dir="ltr" required pattern="\\d{4}-\\d{2}" placeholder="2026-11" data-test="month" /></label>
      <button class="quiet-button" data-test="statement">${say.save}</button>
    </form>
  `;
}

function balancesView({ book, currency, exponent }: Viewer): TemplateResult {
  const balances = book?.balances.find((held) => held.currency === currency)?.balances;
  return html`
    <section class="balances" aria-label=${words().viewer.balances}>
      <dl>
        ${ACCOUNTS.map(({ account }) => {
          const balance = BigInt(balances?.[account] ?? "0");
          return html`<div data-balance=${account}><dt>${nameOf(account)}</dt><dd class=${balance < 0n ? "is-negative" : ""}>${formatMinor(balance, exponent)}</dd></div>`;
        })}
      </dl>
    </section>
  `;
}

function searchView(viewer: Viewer): TemplateResult {
  const say = words().viewer;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void viewer.search(String(new FormData(event.target as HTMLFormElement).get("text") ?? ""));
  };
  const tab = (list: List) => html`<button aria-pressed=${viewer.list === list ? "true" : "false"} data-list=${list} @click=${() => void viewer.show(list)}>${say.lists[list]}</button>`;
  const isPartly = viewer.read < (viewer.book?.entries ?? 0);
  return html`
    <div class="finding">
      <div class="tabs" role="group" aria-label=${say.list}>${tab("journal")}${tab("statement")}${tab("refunds")}${viewer.text ? tab("found") : nothing}</div>
      <form role="search" @submit=${submit}>
        <input name="text" type="search" aria-label=${say.search} placeholder=${say.search} autocomplete="off" spellcheck="false" dir="auto" data-test="search" />
        <button class="primary">${say.find}</button>
      </form>
      <p class="quiet" data-test="count">${viewer.list === "found" ? say.found(formatCount(viewer.count)) : say.entries(viewer.count, formatCount(viewer.count))}</p>
      ${isPartly ? html`<p class="quiet reading" data-test="reading">${say.reading(formatCount(viewer.read), formatCount(viewer.book?.entries ?? 0))}</p>` : nothing}
    </div>
  `;
}

function listView(viewer: Viewer): TemplateResult {
  const say = words();
  const isStatement = viewer.list === "statement";
  const symbol = symbolOf(viewer.currency);
  return html`
    <section class="entries" aria-label=${say.viewer.list}>
      <div class="list" role="table" aria-label=${say.viewer.lists[viewer.list]} aria-rowcount=${viewer.count + 1}>
        <div role="rowgroup" class="list-head">
          <div role="row" aria-rowindex="1">
            <span role="columnheader">${say.tables.entry}</span><span role="columnheader">${say.tables.when}</span><span role="columnheader">${isStatement ? say.tables.type : say.tables.cause}</span><span role="columnheader">${say.tables.about}</span><span role="columnheader">${isStatement ? say.tables.status : say.tables.debitCredit}</span><span role="columnheader">${isStatement ? say.tables.net : say.tables.amount(symbol)}</span>
          </div>
        </div>
        <div id="list" class="scroller" role="rowgroup" tabindex="0" aria-label=${say.viewer.list}></div>
      </div>
      ${viewer.count === 0 ? html`<p class="quiet">${say.viewer.emptyList}</p>` : nothing}
    </section>
  `;
}

function chartView(viewer: Viewer): TemplateResult {
  const say = words().chart;
  const axis = (name: "entry" | "date", label: string) => html`<button aria-pressed=${viewer.axis === name ? "true" : "false"} data-axis=${name} @click=${() => viewer.chooseAxis(name)}>${label}</button>`;
  return html`
    <section class="chart" aria-labelledby="chart-title">
      <div class="chart-head">
        <h2 id="chart-title" class="section-title">${say.title} <span class="aside">${symbolOf(viewer.currency)}</span></h2>
        <div class="segments" role="group" aria-label=${say.axis}>${axis("entry", say.byEntry)}${axis("date", say.byDate)}</div>
      </div>
      <dl class="legend">${SERIES.map((series) => html`<div><dt><span class="key" data-key=${series}></span>${say.series[series]}</dt></div>`)}</dl>
      <div class="plot" id="points" role="img" aria-label=${say.title}><canvas></canvas></div>
    </section>
  `;
}
