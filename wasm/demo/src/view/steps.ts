// What happened, as a list: the way through a scenario.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app";
import { words } from "../language";
import { formatCount, formatMinor } from "../money";
import { formatDay } from "../moment";
import { aboutOf } from "../story";
import type { Happening, Step } from "../step";

/** How many happenings are listed before and after the one looked at. */
const AROUND = 12;

export function stepsView(app: App): TemplateResult {
  const { happenings } = app.history;
  const from = Math.max(0, app.at - AROUND);
  const to = Math.min(happenings.length, Math.max(app.at, 0) + AROUND + 1);
  const say = words().steps;
  const listed = happenings.slice(from, to);
  return html`
    <section class="steps" aria-labelledby="steps-title">
      <h2 id="steps-title" class="section-title">${say.title}</h2>
      ${listed.length === 0 ? html`<p class="quiet">${say.nothing}</p>` : nothing}
      <ol ?hidden=${listed.length === 0} tabindex=${listed.length > 6 ? "0" : nothing} aria-labelledby="steps-title">
        ${from > 0 ? html`<li class="more" aria-hidden="true">${say.earlier(formatCount(from))}</li>` : nothing}
        ${listed.map((happening, offset) => stepView(app, happening, from + offset))}
        ${to < happenings.length ? html`<li class="more" aria-hidden="true">${say.later(formatCount(happenings.length - to))}</li>` : nothing}
      </ol>
    </section>
  `;
}

function stepView(app: App, happening: Happening, place: number): TemplateResult {
  const { step, outcome, seqBefore, seqAfter } = happening;
  const made = seqAfter - seqBefore;
  const seqs = made === 0 ? "–" : made === 1 ? formatCount(seqAfter) : `${formatCount(seqBefore + 1)}–${formatCount(seqAfter)}`;
  const isRefused = outcome.kind === "refused";
  return html`
    <li>
      <button
        class="happening ${isRefused ? "is-refused" : ""} ${made === 0 ? "is-empty" : ""}"
        aria-current=${place === app.at ? "step" : nothing}
        data-step=${place}
        @click=${() => app.lookAt(place)}
      >
        <span class="seq">${seqs}</span>
        <span class="what">${what(step)} <bdi class="about">${aboutOf(step)}</bdi> <span class="outcome">${outcomeWords(happening)}</span></span>
        <span class="date">${formatDay(step.at)}</span>
        <span class="sum">${sumOf(app, happening)}</span>
      </button>
    </li>
  `;
}

function what(step: Step): string {
  const say = words().steps;
  return step.do === "conclude" ? say.conclude[step.outcome] : say[step.do];
}

function outcomeWords({ step, outcome }: Happening): string {
  const say = words().steps;
  switch (outcome.kind) {
    case "refused":
      return say.refused;
    case "replayed":
      return say.replayed;
    case "released":
      return outcome.charges === 0 ? say.nothingDue : "";
    default:
      return step.do === "refund" && step.key ? say.key : "";
  }
}

function sumOf(app: App, { step, outcome, seqBefore }: Happening): string {
  const { exponent } = app.history.book.currency;
  const asked = "amount" in step ? step.amount : step.do === "refund" && outcome.kind === "refused" ? app.history.askedBy(step.request, seqBefore) : undefined;
  const amount = asked ?? ("value" in outcome ? outcome.value.amount : 0n);
  return BigInt(amount) === 0n ? "" : formatMinor(BigInt(amount), exponent);
}
