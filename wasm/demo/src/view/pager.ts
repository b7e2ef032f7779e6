// Pages of a long table.

import { html, nothing, type TemplateResult } from "lit-html";

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
export function pagerView(what: string, { from, to, rows }: TablePage, total: number, go: (row: number) => void): TemplateResult | typeof nothing {
  if (total <= rows) return nothing;
  const button = (label: string, row: number, isThere: boolean) =>
    html`<button class="quiet-button" ?disabled=${!isThere} @click=${() => go(row)}>${label}</button>`;
  return html`
    <nav class="pager" aria-label="Pages of ${what}">
      <p>${what[0]?.toUpperCase()}${what.slice(1)} ${from + 1}–${to} of ${total}</p>
      <div>
        ${button("First", 0, from > 0)} ${button("Earlier", from - 1, from > 0)}
        ${button("Later", to, to < total)} ${button("Last", total - 1, to < total)}
      </div>
    </nav>
  `;
}
