// The trial balance: every account in its column, and the two sums that must be equal.

import { html, type TemplateResult } from "lit-html";
import { trialLines } from "../accounts";
import type { App } from "../app";
import { formatMinor } from "../money";

export function trialView(app: App): TemplateResult {
  const { exponent, code } = app.history.book.currency;
  const { lines, debit, credit } = trialLines(app.history.book.balancesAt(app.seq));
  const cell = (minor: bigint) => (minor === 0n ? html`<span class="zero">–</span>` : formatMinor(minor, exponent));
  return html`
    <section class="trial" aria-labelledby="trial-title">
      <h2 id="trial-title" class="section-title">Trial balance <span class="aside">as of entry ${app.seq}, in ${code}</span></h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col" class="number">Debit</th>
            <th scope="col" class="number">Credit</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map(
            (line) => html`
              <tr data-trial=${line.account}>
                <th scope="row">${line.name}</th>
                <td class="number">${cell(line.debit)}</td>
                <td class="number">${cell(line.credit)}</td>
              </tr>
            `,
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td class="number" data-test="trial-debit">${formatMinor(debit, exponent)}</td>
            <td class="number" data-test="trial-credit">${formatMinor(credit, exponent)}</td>
          </tr>
        </tfoot>
      </table>
      <dl class="seal">
        <div>
          <dt>Check of every entry</dt>
          <dd data-test="check">${checkWords(app)}</dd>
        </div>
        <div>
          <dt>Head of the chain at entry ${app.seq}</dt>
          <dd><code data-test="head">${app.history.entry(app.seq)?.hash ?? "–"}</code></dd>
        </div>
      </dl>
    </section>
  `;
}

/** How the last check of the whole ledger ended. */
export function checkWords({ check, running }: App): string {
  if (running) return "after the last day";
  if (!check) return "not yet";
  if (!check.isSound) return check.problem;
  return check.entries === 1 ? "1 entry, sound" : `${check.entries} entries, sound`;
}
