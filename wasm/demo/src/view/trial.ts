// The trial balance: every account in its column, and the two sums that must be equal.

import { html, type TemplateResult } from "lit-html";
import { nameOf, trialLines } from "../accounts";
import type { App } from "../app";
import { words } from "../language";
import { formatCount, formatMinor, symbolOf } from "../money";

/** The two sums and the check, in one line. */
export function equationView(app: App): TemplateResult {
  const { exponent, code } = app.history.book.currency;
  const say = words().trial;
  const { debit, credit } = trialLines(app.history.book.balancesAt(app.seq));
  const isBalanced = debit === credit;
  const isSound = app.check?.isSound !== false;
  return html`
    <p class="equation ${isBalanced && isSound ? "" : "is-broken"}">
      <span><span class="label">${say.debits}</span> <b data-test="debits">${formatMinor(debit, exponent)}</b></span>
      <span class="equals" data-test="equals">${isBalanced ? "=" : "≠"}</span>
      <span><span class="label">${say.credits}</span> <b data-test="credits">${formatMinor(credit, exponent)}</b> ${symbolOf(code)}</span>
      <span class="verdict"><span class="label">${say.checked}</span> ${checkWords(app)}</span>
    </p>
  `;
}

export function trialView(app: App): TemplateResult {
  const { exponent, code } = app.history.book.currency;
  const say = words().trial;
  const { lines, debit, credit } = trialLines(app.history.book.balancesAt(app.seq));
  const cell = (minor: bigint) => (minor === 0n ? html`<span class="zero">–</span>` : formatMinor(minor, exponent));
  return html`
    <section class="trial" aria-labelledby="trial-title">
      <h2 id="trial-title" class="section-title">${say.title} <span class="aside">${say.asOf(formatCount(app.seq), symbolOf(code))}</span></h2>
      <table>
        <thead>
          <tr>
            <th scope="col">${say.account}</th>
            <th scope="col" class="number">${say.debit}</th>
            <th scope="col" class="number">${say.credit}</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map(
            (line) => html`
              <tr data-trial=${line.account}>
                <th scope="row">${nameOf(line.account)}</th>
                <td class="number">${cell(line.debit)}</td>
                <td class="number">${cell(line.credit)}</td>
              </tr>
            `,
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">${say.total}</th>
            <td class="number" data-test="trial-debit">${formatMinor(debit, exponent)}</td>
            <td class="number" data-test="trial-credit">${formatMinor(credit, exponent)}</td>
          </tr>
        </tfoot>
      </table>
      <dl class="seal">
        <div>
          <dt>${say.check}</dt>
          <dd data-test="check">${checkWords(app)}</dd>
        </div>
        <div>
          <dt>${say.head(formatCount(app.seq))}</dt>
          <dd><code data-test="head">${app.history.entry(app.seq)?.hash ?? "–"}</code></dd>
        </div>
      </dl>
    </section>
  `;
}

/** How the last check of the whole ledger ended. */
function checkWords({ check, running }: App): string {
  const say = words().trial;
  if (running) return say.afterLastDay;
  if (!check) return say.notYet;
  return check.isSound ? say.sound(check.entries, formatCount(check.entries)) : check.problem;
}
