// The merchant's statement: what the merchant sees, as of the place looked at.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app";
import type { BalanceTransaction } from "../ledger";
import { formatMinor } from "../money";
import { formatDate, formatMoment } from "../moment";
import { pageOf, pagerView } from "./pager";

const ROWS = 12;

export function statementView(app: App): TemplateResult {
  const lines = app.history.linesAt(app.seq);
  const page = pageOf(lines.length, ROWS, app.statementRow ?? lines.length - 1);
  const { code } = app.history.book.currency;
  return html`
    <table class="wide statement">
      <caption class="hidden">The merchant’s statement as of entry ${app.seq}</caption>
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col">When</th>
          <th scope="col">Type</th>
          <th scope="col">About</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">Amount, ${code}</th>
          <th scope="col" class="number">Fee</th>
          <th scope="col" class="number">Net</th>
        </tr>
      </thead>
      <tbody>
        ${lines.slice(page.from, page.to).map((line) => rowView(app, line))}
      </tbody>
    </table>
    ${lines.length === 0 ? html`<p class="quiet">The statement is empty.</p>` : nothing}
    ${pagerView("lines", page, lines.length, (row) => app.showStatementRow(row))}
  `;
}

function rowView(app: App, line: BalanceTransaction): TemplateResult {
  const { exponent } = app.history.book.currency;
  const money = (minor: string) => formatMinor(BigInt(minor), exponent);
  const isHere = line.id === `bt_${app.seq}`;
  return html`
    <tr class=${isHere ? "is-here" : ""} data-line=${line.id}>
      <th scope="row"><code>${line.id}</code></th>
      <td class="when">${formatMoment(line.createdAt)}</td>
      <td class="cause">${line.type.replaceAll("_", " ")}</td>
      <td class="about"><bdi><code title=${line.source}>${line.source}</code></bdi></td>
      <td class="status">${line.status === "pending" ? `pending until ${formatDate(line.availableOn)}` : "available"}</td>
      <td class="number">${money(line.amount)}</td>
      <td class="number">${line.fee === "0" ? html`<span class="zero">–</span>` : money(line.fee)}</td>
      <td class="number">${money(line.net)}</td>
    </tr>
  `;
}
