// One entry in full: postings, T-accounts before and after, and what it is about.

import { html, nothing, type TemplateResult } from "lit-html";
import { ACCOUNTS, nameOf } from "../accounts";
import { words } from "../language";
import type { Account } from "../ledger";
import { formatCount, formatMinor, symbolOf } from "../money";
import { formatMoment } from "../moment";
import type { Detail } from "./questions";
import type { Viewer } from "./viewer";

export function detailView(viewer: Viewer): TemplateResult {
  const { detail } = viewer;
  const say = words();
  if (!detail) return html`<section class="detail" aria-label=${say.viewer.details}><p class="quiet">${say.viewer.noDetail}</p></section>`;
  const { entry, line, object } = detail;
  const currency = entry.postings[0]?.currency ?? "";
  const money = (minor: string | bigint) => formatMinor(BigInt(minor), viewer.book?.exponents[currency] ?? 0);
  return html`
    <section class="detail" aria-labelledby="detail-title" data-test="detail">
      <h2 id="detail-title" class="section-title">${say.transport.entry(formatCount(entry.seq))} <span class="aside">${say.causes[entry.cause]}</span></h2>
      <dl class="facts">
        <dt>${say.tables.about}</dt><dd><bdi><code>${entry.source}</code></bdi></dd>
        <dt>${say.viewer.effective}</dt><dd>${formatMoment(entry.effectiveAt)}</dd>
        <dt>${say.viewer.recorded}</dt><dd>${formatMoment(entry.recordedAt)}</dd>
        ${entry.reverses ? reversesView(viewer, entry.reverses) : nothing}
        ${line ? html`<dt>${say.viewer.line}</dt><dd>${say.lineTypes[line.type]} ${money(line.net)}</dd>` : nothing}
      </dl>
      ${entry.postings.length > 0 ? postingsView(detail, money, symbolOf(currency)) : nothing}
      <div class="ts">${touchedOf(detail).map((account) => accountView(detail, account, currency, money))}</div>
      <details open>
        <summary>${say.viewer.object}</summary>
        <pre dir="ltr" tabindex="0">${JSON.stringify(object, null, 2)}</pre>
      </details>
      <p class="hash"><span class="quiet">${say.viewer.hash}</span> <code>${entry.hash}</code></p>
    </section>
  `;
}

function reversesView(viewer: Viewer, reverses: string): TemplateResult {
  const seq = Number(reverses.slice("je_".length));
  return html`<dt>${words().tables.reverses}</dt><dd><button class="link" @click=${() => void viewer.look(seq)}>${words().reversal.entry(formatCount(seq))}</button></dd>`;
}

function postingsView({ entry }: Detail, money: (minor: string) => string, symbol: string): TemplateResult {
  const say = words().reversal;
  return html`
    <table class="postings">
      <thead><tr><th scope="col">${say.debit}</th><th scope="col">${say.credit}</th><th scope="col" class="number">${words().tables.amount(symbol)}</th></tr></thead>
      <tbody>${entry.postings.map(({ debit, credit, amount }) => html`<tr><td>${nameOf(debit)}</td><td>${nameOf(credit)}</td><td class="number">${money(amount)}</td></tr>`)}</tbody>
    </table>
  `;
}

function touchedOf({ entry }: Detail): Account[] {
  return ACCOUNTS.map(({ account }) => account).filter((account) => entry.postings.some(({ debit, credit }) => debit === account || credit === account));
}

/** A T-account that carries its balance forward and has this entry's sides alone. */
function accountView({ entry, before, after }: Detail, account: Account, currency: string, money: (minor: string | bigint) => string): TemplateResult {
  const balance = (of: Detail["before"]) => BigInt(of.find((held) => held.currency === currency)?.balances[account] ?? "0");
  const growsByDebit = ACCOUNTS.find((kind) => kind.account === account)?.growsByDebit ?? false;
  const forward = balance(before);
  const isForwardDebit = growsByDebit === forward > 0n;
  const size = forward < 0n ? -forward : forward;
  const say = words();
  const column = (isDebit: boolean) => html`
    <div class="column">
      <h4>${isDebit ? say.trial.debit : say.trial.credit}</h4>
      <ul>
        ${size > 0n && isForwardDebit === isDebit ? html`<li class="side"><abbr class="ref" title=${say.tAccounts.broughtForward}>${say.tAccounts.forward}</abbr> <span>${money(size)}</span></li>` : nothing}
        ${entry.postings.filter(({ debit, credit }) => (isDebit ? debit : credit) === account).map(({ amount }) => html`<li class="side is-lit"><span>${money(amount)}</span></li>`)}
      </ul>
    </div>`;
  const ends = balance(after);
  return html`
    <article class="t is-lit">
      <header><h3>${nameOf(account)}</h3></header>
      <div class="sides-of">${column(true)} ${column(false)}</div>
      <footer><span>${say.tAccounts.balance}</span> <strong class=${ends < 0n ? "is-negative" : ""}>${money(ends)}</strong></footer>
    </article>
  `;
}
