// The merchant's statement: what the merchant sees, as of the place looked at.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app";
import { words } from "../language";
import type { BalanceTransaction } from "../ledger";
import { formatCount, formatMinor, symbolOf } from "../money";
import { formatDate, formatMoment } from "../moment";
import { pageOf, pagerView } from "./pager";

const ROWS = 12;

export function statementView(app: App): TemplateResult {
  const count = app.history.linesAt(app.seq);
  const say = words().tables;
  const page = pageOf(count, ROWS, app.statementRow ?? count - 1);
  const { code } = app.history.book.currency;
  return html`
    <table class="wide statement">
      <caption class="hidden">${say.statementCaption(formatCount(app.seq))}</caption>
      <thead>
        <tr>
          <th scope="col">${say.line}</th>
          <th scope="col">${say.when}</th>
          <th scope="col">${say.type}</th>
          <th scope="col">${say.about}</th>
          <th scope="col">${say.status}</th>
          <th scope="col" class="number">${say.amount(symbolOf(code))}</th>
          <th scope="col" class="number">${say.fee}</th>
          <th scope="col" class="number">${say.net}</th>
        </tr>
      </thead>
      <tbody>
        ${app.history.lines(page.from, page.to, app.seq).map((line) => rowView(app, line))}
      </tbody>
    </table>
    ${count === 0 ? html`<p class="quiet">${say.emptyStatement}</p>` : nothing}
    ${pagerView("lines", page, count, (row) => app.showStatementRow(row))}
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
      <td class="cause">${words().lineTypes[line.type]}</td>
      <td class="about"><bdi><code title=${line.source}>${line.source}</code></bdi></td>
      <td class="status">${line.status === "pending" ? words().tables.pendingUntil(formatDate(line.availableOn)) : words().tables.available}</td>
      <td class="number">${money(line.amount)}</td>
      <td class="number">${line.fee === "0" ? html`<span class="zero">–</span>` : money(line.fee)}</td>
      <td class="number">${money(line.net)}</td>
    </tr>
  `;
}
