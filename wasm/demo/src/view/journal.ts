// The journal, a page at a time: the page that the place looked at is on.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app";
import type { JournalEntry } from "../ledger";
import { formatMinor } from "../money";
import { formatMoment } from "../moment";
import { LABELS } from "../story";
import { pageOf, pagerView } from "./pager";
import { sidesView } from "./story";

const ROWS = 12;

export function journalView(app: App): TemplateResult {
  const { entries } = app.history;
  const page = pageOf(entries.length, ROWS, app.seq - 1);
  return html`
    <table class="wide journal">
      <caption class="hidden">The journal: each entry with its postings</caption>
      <thead>
        <tr>
          <th scope="col">Entry</th>
          <th scope="col">When</th>
          <th scope="col">Cause</th>
          <th scope="col">About</th>
          <th scope="col">Reverses</th>
          <th scope="col">Debit / Credit</th>
          <th scope="col" class="number">Amount, ${app.history.book.currency.code}</th>
        </tr>
      </thead>
      <tbody>
        ${entries.slice(page.from, page.to).map((entry) => rowView(app, entry))}
      </tbody>
    </table>
    ${entries.length === 0 ? html`<p class="quiet">The journal is empty.</p>` : nothing}
    ${pagerView("entries", page, entries.length, (row) => app.travelTo(row + 1))}
  `;
}

function rowView(app: App, entry: JournalEntry): TemplateResult {
  const { exponent } = app.history.book.currency;
  const reverses = entry.reverses && app.history.entryById(entry.reverses)?.seq;
  const place = entry.seq === app.seq ? "is-here" : entry.seq > app.seq ? "is-later" : "";
  return html`
    <tr class=${place} data-entry=${entry.seq}>
      <th scope="row"><button class="link" aria-current=${entry.seq === app.seq ? "true" : nothing} aria-label="Look at entry ${entry.seq}" @click=${() => app.travelTo(entry.seq)}>${entry.seq}</button></th>
      <td class="when">${formatMoment(entry.effectiveAt)}</td>
      <td class="cause">${LABELS[entry.cause]}</td>
      <td class="about"><bdi><code title=${entry.source}>${entry.source}</code></bdi></td>
      <td class="reverses">
        ${reverses ? html`<button class="link" aria-label="Entry ${entry.seq} reverses entry ${reverses}: look at it" @click=${() => app.travelTo(reverses)}>entry ${reverses}</button>` : html`<span class="zero">–</span>`}
      </td>
      <td class="moved">${entry.postings.map((posting) => html`<div>${sidesView(posting)}</div>`)}</td>
      <td class="number">${entry.postings.map(({ amount }) => html`<div>${formatMinor(BigInt(amount), exponent)}</div>`)}</td>
    </tr>
  `;
}
