// The dock: time travel and the trial balance, always in sight.

import { html, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { trialLines } from "../accounts";
import type { App } from "../app";
import { formatMinor } from "../money";
import { formatMoment } from "../moment";
import { checkWords } from "./trial";

export function dockView(app: App): TemplateResult {
  const { history, seq } = app;
  const entry = history.entry(seq);
  const when = entry ? formatMoment(entry.recordedAt) : "empty";
  return html`
    <div class="travel">
      <button class="step" ?disabled=${app.at < 0} @click=${() => app.lookAt(app.at - 1)} aria-label="Previous step"><span class="chevron is-back"></span></button>
      <button class="step" ?disabled=${app.at >= history.happenings.length - 1} @click=${() => app.lookAt(app.at + 1)} aria-label="Next step"><span class="chevron"></span></button>
      <label class="slider">
        <span class="hidden">The book as of entry</span>
        <input
          type="range"
          min="0"
          max=${history.last}
          .value=${live(String(seq))}
          aria-valuetext="Entry ${seq} of ${history.last}, ${when}"
          data-test="slider"
          @input=${(event: Event) => app.travelTo(Number((event.target as HTMLInputElement).value))}
        />
      </label>
      <p class="place" data-test="place"><strong>Entry ${seq}</strong> of ${history.last}<span class="when">${when}</span></p>
    </div>
    ${balanceView(app)}
  `;
}

function balanceView(app: App): TemplateResult {
  const { exponent, code } = app.history.book.currency;
  const { debit, credit } = trialLines(app.history.book.balancesAt(app.seq));
  const isBalanced = debit === credit;
  const isSound = app.check?.isSound !== false;
  return html`
    <p class="equation ${isBalanced && isSound ? "" : "is-broken"}" aria-label="Trial balance">
      <span class="term"><span class="label">Debits</span> <b data-test="debits">${formatMinor(debit, exponent)}</b></span>
      <span class="equals" data-test="equals">${isBalanced ? "=" : "≠"}</span>
      <span class="term"><span class="label">Credits</span> <b data-test="credits">${formatMinor(credit, exponent)}</b> ${code}</span>
      <span class="verdict"><span class="label">Checked</span> ${checkWords(app)}</span>
    </p>
  `;
}
