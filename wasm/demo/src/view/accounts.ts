// The T-accounts: debits left, credits right, what the place looked at moved is lit.

import { html, nothing, type TemplateResult } from "lit-html";
import { ACCOUNTS, wordsOf, type AccountWords } from "../accounts";
import type { App } from "../app";
import type { Side } from "../history";
import { formatMinor } from "../money";

/** About how many lines an account shows; the rest is brought forward. */
const LINES = 4;

export function accountsView(app: App): TemplateResult {
  return html`
    <section class="accounts" aria-labelledby="accounts-title">
      <h2 id="accounts-title" class="section-title">Accounts <span class="aside">as of entry ${app.seq}, in ${app.history.book.currency.code}</span></h2>
      <div class="ts">${ACCOUNTS.map((words) => accountView(app, words))}</div>
    </section>
  `;
}

function accountView(app: App, { account, name, meaning, growsByDebit }: AccountWords): TemplateResult {
  const { history, seq } = app;
  const { exponent } = history.book.currency;
  const balance = history.book.balancesAt(seq)[account];
  const sides = history.sidesAt(account, seq, LINES);
  const first = sides[0];
  // What the account held before the first line shown, as bookkeepers carry it to a new page.
  const before = first ? history.balancesAt(first.seq - 1)[account] : 0n;
  const forward = before === 0n ? null : { isDebit: growsByDebit === before > 0n, amount: before < 0n ? -before : before };
  const isLit = app.isEntryLookedAt && sides.some((side) => side.seq === seq);
  const isQuiet = sides.length === 0;
  return html`
    <article class="t ${isLit ? "is-lit" : ""} ${isQuiet ? "is-quiet" : ""}" data-account=${account}>
      <header>
        <h3>${name}</h3>
        <p>${meaning}</p>
      </header>
      <div class="sides-of">
        ${columnView(app, "Debit", sides.filter((side) => side.isDebit), forward?.isDebit ? forward.amount : null)}
        ${columnView(app, "Credit", sides.filter((side) => !side.isDebit), forward?.isDebit === false ? forward.amount : null)}
      </div>
      <footer>
        <span>Balance</span>
        <strong class=${balance < 0n ? "is-negative" : ""} data-test="balance">${formatMinor(balance, exponent)}</strong>
      </footer>
    </article>
  `;
}

function columnView(app: App, title: string, sides: Side[], forward: bigint | null): TemplateResult {
  const { exponent } = app.history.book.currency;
  return html`
    <div class="column">
      <h4>${title}</h4>
      <ul>
        ${forward === null ? nothing : html`<li class="side"><abbr class="ref" title="brought forward">b/f</abbr> <span>${formatMinor(forward, exponent)}</span></li>`}
        ${sides.map((side) => sideView(app, side, exponent))}
      </ul>
    </div>
  `;
}

function sideView(app: App, side: Side, exponent: number): TemplateResult {
  const isLit = side.seq === app.seq && app.isEntryLookedAt;
  const against = wordsOf(side.other).name;
  return html`
    <li class="side ${isLit ? "is-lit" : ""}">
      <button class="ref" title="Entry ${side.seq}, against ${against}" @click=${() => app.travelTo(side.seq)}>${side.seq}<span class="hidden">, against ${against}</span></button>
      <span>${formatMinor(side.amount, exponent)}</span>
    </li>
  `;
}
