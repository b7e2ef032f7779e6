// Pages of a long table.

import { html, nothing, type TemplateResult } from "lit-html";
import { words } from "../language";
import { formatCount } from "../money";

export interface TablePage {
  from: number;
  to: number;
  rows: number;
}

/** The page that a row is on. */
export function pageOf(total: number, rows: number, row: number): TablePage {
  const from = Math.floor(Math.max(0, row) / rows) * rows;
  return { from, to: Math.min(total, from + rows), rows };
}

/** Buttons to the other pages; `go` is told the row to show. */
export function pagerView(what: "entries" | "lines", { from, to, rows }: TablePage, total: number, go: (row: number) => void): TemplateResult | typeof nothing {
  if (total <= rows) return nothing;
  const say = words().tables;
  const button = (label: string, row: number, isThere: boolean) =>
    html`<button class="quiet-button" ?disabled=${!isThere} @click=${() => go(row)}>${label}</button>`;
  return html`
    <nav class="pager" aria-label=${say.pagesOf[what]}>
      <p>${say.rangeOf[what](formatCount(from + 1), formatCount(to), formatCount(total))}</p>
      <div>
        ${button(say.first, 0, from > 0)} ${button(say.earlier, from - 1, from > 0)}
        ${button(say.later, to, to < total)} ${button(say.last, total - 1, to < total)}
      </div>
    </nav>
  `;
}
