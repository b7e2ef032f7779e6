// For developers: the call as a program makes it, and what the ledger answered.

import { html, type TemplateResult } from "lit-html";
import type { App } from "../app";
import { words } from "../language";
import { formatCount } from "../money";
import type { Outcome, Step } from "../step";

export function callView(app: App): TemplateResult {
  const happening = app.history.happenings[app.at];
  const say = words().call;
  if (!happening) return html``;
  const { step, outcome } = happening;
  const { at: _at, note: _note, ...asked } = step;
  const answer = "value" in outcome ? outcome.value : "refusal" in outcome ? outcome.refusal : outcome;
  const isRefused = outcome.kind === "refused";
  return html`
    <section class="call ${isRefused ? "is-refused" : ""}" aria-labelledby="call-title">
      <h2 id="call-title" class="section-title">${say.title} <span class="verdict">${verdictWords(outcome)}</span></h2>
      <pre dir="ltr" tabindex="0" data-test="call">${callText(step)}</pre>
      <p class="answer" dir="auto" data-test="answer"><bdi>${answerWords(outcome)}</bdi></p>
      <details>
        <summary>${say.more}</summary>
        <figure><figcaption>${say.asked}</figcaption><pre dir="ltr" tabindex="0">${JSON.stringify(asked, null, 2)}</pre></figure>
        <figure><figcaption>${say.answered}</figcaption><pre dir="ltr" tabindex="0">${JSON.stringify(answer, null, 2)}</pre></figure>
      </details>
    </section>
  `;
}

function verdictWords({ kind }: Outcome): string {
  const say = words().call;
  return kind === "refused" ? say.refused : kind === "replayed" ? say.replayed : say.made;
}

function answerWords(outcome: Outcome): string {
  const say = words().call;
  switch (outcome.kind) {
    case "refused":
      return outcome.refusal.code;
    case "released":
      return say.matured(outcome.charges, formatCount(outcome.charges));
    case "set":
      return say.set;
    case "recorded":
    case "replayed":
      return say.recorded(outcome.value.id);
  }
}

function callText(step: Step): string {
  const object = (fields: object) => `{ ${Object.entries(fields).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")} }`;
  const { at, note: _note, do: kind, ...fields } = step;
  switch (step.do) {
    case "charge":
      return `book.createCharge(${object(fields)})`;
    case "refund":
      return `book.createRefund(${object(step.request)}${step.key ? `, ${JSON.stringify(step.key)}` : ""})`;
    case "fail":
      return `book.failRefund(refund)`;
    case "release":
      return `book.releaseDue(${JSON.stringify(at)})`;
    case "dispute":
      return `book.openDispute(${object(fields)})`;
    case "win":
      return `book.winDispute(${JSON.stringify(step.dispute)}, ${step.returnFee})`;
    case "lose":
      return `book.loseDispute(${JSON.stringify(step.dispute)})`;
    case "conclude":
      return `book.concludePayout(${JSON.stringify(step.payout)}, ${JSON.stringify(step.outcome)})`;
    case "limit":
      return `book.setNegativeBalanceLimit(${JSON.stringify(step.limit)})`;
    default:
      return `book.createTransfer(${object({ kind, ...fields })})`;
  }
}
