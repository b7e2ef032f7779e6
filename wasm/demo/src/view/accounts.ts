// The T-accounts: debits at the start, credits at the end, and what moved at this step is lit.

import { html, nothing, type TemplateResult } from "lit-html";
import { ACCOUNTS, nameOf, type AccountKind } from "../accounts";
import type { App } from "../app";
import type { Side } from "../history";
import { words } from "../language";
import { formatCount, formatMinor, symbolOf } from "../money";
import type { Story } from "../story";

/** About how many lines an account shows; the rest is brought forward. */
const LINES = 4;
const FEW_LINES = 2;

/** The accounts that moved at this step, right below the picture. */
export function touchedView(app: App, story: Story | null): TemplateResult | typeof nothing {
  if (!story || story.changes.length === 0) return nothing;
  const { exponent } = app.history.book.currency;
  const touched = ACCOUNTS.filter(({ account }) => story.changes.some((change) => change.account === account));
  return html`
    <section class="touched" aria-label=${words().tAccounts.touched}>
      <div class="ts">${touched.map((kind) => accountView(app, kind, FEW_LINES, "touched"))}</div>
      <dl class="hidden" aria-label=${words().tAccounts.before}>
        ${story.changes.map(({ account, name, before, after }) => html`
          <div data-change=${account}><dt>${name}</dt><dd>${formatMinor(before, exponent)}${words().tAccounts.became}<span class="after">${formatMinor(after, exponent)}</span></dd></div>`)}
      </dl>
    </section>
  `;
}

export function accountsView(app: App): TemplateResult {
  const say = words().tAccounts;
  const { currency } = app.history.book;
  const isEmpty = ({ account }: AccountKind) => app.history.sidesAt(account, app.seq, 1).length === 0;
  return html`
    <section class="accounts" aria-labelledby="accounts-title">
      <h2 id="accounts-title" class="section-title">${say.title} <span class="aside">${words().trial.asOf(formatCount(app.seq), symbolOf(currency.code))}</span></h2>
      <div class="ts">${ACCOUNTS.filter((kind) => !isEmpty(kind)).map((kind) => accountView(app, kind, LINES, "account"))}</div>
      ${ACCOUNTS.some(isEmpty)
        ? html`<p class="folded"><span>${say.empty}</span> ${ACCOUNTS.filter(isEmpty).map(({ account }) => html`<span class="t" data-account=${account}>${nameOf(account)} <span data-test="balance">${formatMinor(0n, currency.exponent)}</span></span> `)}</p>`
        : nothing}
    </section>
  `;
}

function accountView(app: App, { account, growsByDebit }: AccountKind, lines: number, role: "account" | "touched"): TemplateResult {
  const { history, seq } = app;
  const { exponent } = history.book.currency;
  const balance = history.book.balancesAt(seq)[account];
  const sides = history.sidesAt(account, seq, lines);
  const first = sides[0];
  // What the account held before the first line shown, as bookkeepers carry it to a new page.
  const before = first ? history.balancesAt(first.seq - 1)[account] : 0n;
  const forward = before === 0n ? null : { isDebit: growsByDebit === before > 0n, amount: before < 0n ? -before : before };
  const lit = new Set(app.entries.map((entry) => entry.seq));
  const column = (isDebit: boolean) => columnView(app, isDebit, sides.filter((side) => side.isDebit === isDebit), forward?.isDebit === isDebit ? forward.amount : null, lit);
  return html`
    <article class="t ${sides.some((side) => lit.has(side.seq)) ? "is-lit" : ""}" data-account=${role === "account" ? account : nothing} data-touched=${role === "touched" ? account : nothing}>
      <header>
        <h3>${nameOf(account)}</h3>
        <p>${words().accounts[account].meaning}</p>
      </header>
      <div class="sides-of">${column(true)} ${column(false)}</div>
      <footer>
        <span>${words().tAccounts.balance}</span>
        <strong class=${balance < 0n ? "is-negative" : ""} data-test="balance">${formatMinor(balance, exponent)}</strong>
      </footer>
    </article>
  `;
}

function columnView(app: App, isDebit: boolean, sides: Side[], forward: bigint | null, lit: Set<number>): TemplateResult {
  const { exponent } = app.history.book.currency;
  const say = words();
  return html`
    <div class="column">
      <h4>${isDebit ? say.trial.debit : say.trial.credit}</h4>
      <ul>
        ${forward === null ? nothing : html`<li class="side"><abbr class="ref" title=${say.tAccounts.broughtForward}>${say.tAccounts.forward}</abbr> <span>${formatMinor(forward, exponent)}</span></li>`}
        ${sides.map((side) => sideView(app, side, exponent, lit.has(side.seq)))}
      </ul>
    </div>
  `;
}

function sideView(app: App, side: Side, exponent: number, isLit: boolean): TemplateResult {
  const against = nameOf(side.other);
  const seq = formatCount(side.seq);
  return html`
    <li class="side ${isLit ? "is-lit" : ""}">
      <button class="ref" title=${words().tAccounts.entry(seq, against)} @click=${() => app.travelTo(side.seq)}>${seq}<span class="hidden">${words().tAccounts.against(against)}</span></button>
      <span>${formatMinor(side.amount, exponent)}</span>
    </li>
  `;
}
