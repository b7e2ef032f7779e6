// What decides on a step, as bars: how much there was, what was asked, and what is left.

import { html, svg, type TemplateResult } from "lit-html";
import type { App } from "../app";
import { isRightToLeft } from "../language";
import type { Meter, Part } from "../meters";
import { formatMinor } from "../money";

export function metersView(app: App, meters: readonly Meter[]): TemplateResult[] {
  return meters.map((meter) => meterView(app, meter));
}

function meterView(app: App, meter: Meter): TemplateResult {
  const { exponent } = app.history.book.currency;
  return html`
    <div class="meter ${meter.isPassed ? "is-passed" : ""}" data-meter=${meter.id}>
      <p class="meter-title"><strong>${meter.title}</strong> <span>${meter.note}</span></p>
      ${barView(meter)}
      <dl>
        ${meter.parts.map(({ kind, label, amount }) => html`<div class="part is-${kind}"><dt>${label}</dt><dd class=${amount < 0n ? "is-negative" : ""}>${formatMinor(amount, exponent)}</dd></div>`)}
      </dl>
    </div>
  `;
}

function barView(meter: Meter): TemplateResult {
  const sum = (kind: Part["kind"]) => Number(meter.parts.find((part) => part.kind === kind)?.amount ?? 0n);
  const [before, now, left, asked] = [sum("before"), sum("now"), Math.max(0, sum("left")), sum("refused")];
  // Of a charge, what was given back comes first; of a limit, what is left does.
  const used = meter.id === "charge" ? before : 0;
  const whole = meter.id === "charge" ? before + now + left : meter.id === "limit" ? Math.max(before, left) : left;
  const scale = Math.max(whole, used + asked, 1) / 100;
  const bar = (from: number, size: number, name: string) => {
    const [start, width] = [from / scale, size / scale];
    return svg`<rect class=${name} x=${`${isRightToLeft() ? 100 - start - width : start}%`} width=${`${width}%`} height="100%" />`;
  };
  return html`
    <svg class="bar" aria-hidden="true">
      ${bar(0, whole, "whole")} ${bar(0, used, "used")} ${bar(used, now, "now")}
      ${meter.id === "charge" ? "" : bar(0, left || Math.max(0, meter.isPassed ? before : 0), "left")}
      ${asked > 0 ? bar(used, asked, "asked") : ""}
    </svg>
  `;
}
