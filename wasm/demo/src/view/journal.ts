// The journal, a page at a time: the page that the place looked at is on.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app";
import { words } from "../language";
import type { JournalEntry } from "../ledger";
import { formatCount, formatMinor, symbolOf } from "../money";
import { formatMoment } from "../moment";
import { pageOf, pagerView } from "./pager";
import { sidesView } from "./story";

const ROWS = 12;

export function journalView(app: App): TemplateResult {
  const { entries } = app.history;
  const say = words().tables;
  const page = pageOf(entries.length, ROWS, app.seq - 1);
  return html`
    <table class="wide journal">
      <caption class="hidden">${say.journalCaption}</caption>
      <thead>
        <tr>
          <th scope="col">${say.entry}</th>
          <th scope="col">${say.when}</th>
          <th scope="col">${say.cause}</th>
          <th scope="col">${say.about}</th>
          <th scope="col">${say.reverses}</th>
          <th scope="col">${say.debitCredit}</th>
          <th scope="col" class="number">${say.amount(symbolOf(app.history.book.currency.code))}</th>
        </tr>
      </thead>
      <tbody>
        ${entries.slice(page.from, page.to).map((entry) => rowView(app, entry))}
      </tbody>
    </table>
    ${entries.length === 0 ? html`<p class="quiet">${say.emptyJournal}</p>` : nothing}
    ${pagerView("entries", page, entries.length, (row) => app.travelTo(row + 1))}
  `;
}

function rowView(app: App, entry: JournalEntry): TemplateResult {
  const { exponent } = app.history.book.currency;
  const say = words().tables;
  const seq = formatCount(entry.seq);
  const reverses = entry.reverses && app.history.entryById(entry.reverses)?.seq;
  const place = entry.seq === app.seq ? "is-here" : entry.seq > app.seq ? "is-later" : "";
  return html`
    <tr class=${place} data-entry=${entry.seq}>
      <th scope="row"><button class="link" aria-current=${entry.seq === app.seq ? "true" : nothing} aria-label=${say.look(seq)} @click=${() => app.travelTo(entry.seq)}>${seq}</button></th>
      <td class="when">${formatMoment(entry.effectiveAt)}</td>
      <td class="cause">${words().causes[entry.cause]}</td>
      <td class="about"><bdi><code title=${entry.source}>${entry.source}</code></bdi></td>
      <td class="reverses">
        ${reverses ? html`<button class="link" aria-label=${say.lookReversed(seq, formatCount(reverses))} @click=${() => app.travelTo(reverses)}>${words().reversal.entry(formatCount(reverses))}</button>` : html`<span class="zero">–</span>`}
      </td>
      <td class="moved">${entry.postings.map((posting) => html`<div>${sidesView(posting)}</div>`)}</td>
      <td class="number">${entry.postings.map(({ amount }) => html`<div>${formatMinor(BigInt(amount), exponent)}</div>`)}</td>
    </tr>
  `;
}
