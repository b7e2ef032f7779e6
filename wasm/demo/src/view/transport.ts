// The way through time: play, step, slide. It comes first on the page, for eyes, keyboards and readers.

import { html, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { App } from "../app";
import { words } from "../language";
import { formatCount } from "../money";
import { formatMoment } from "../moment";
import { SPEEDS } from "../player";

export function transportView(app: App): TemplateResult {
  const { history, seq, player } = app;
  const say = words().transport;
  const isMoving = player.isPlaying || app.running !== null;
  const entry = history.entry(seq);
  const when = entry ? formatMoment(entry.recordedAt) : say.empty;
  const slide = (isVisit: boolean) => (event: Event) => app.travelTo(Number((event.target as HTMLInputElement).value), isVisit);
  return html`
    <section class="transport" aria-label=${say.label}>
      <div class="buttons">
        <button class="step" ?disabled=${app.at < 0} @click=${() => app.stepBy(-1)} aria-label=${say.previous}><span class="chevron is-back"></span></button>
        <button class="step play" @click=${() => app.togglePlay()} aria-label=${isMoving ? say.pause : say.play} title=${say.keys} data-test="play"><span class=${isMoving ? "bars" : "triangle"}></span></button>
        <button class="step" ?disabled=${app.at >= history.happenings.length - 1} @click=${() => app.stepBy(1)} aria-label=${say.next}><span class="chevron"></span></button>
      </div>
      <label class="slider">
        <span class="hidden">${say.slider}</span>
        <input
          type="range"
          min="0"
          max=${history.last}
          .value=${live(String(seq))}
          aria-valuetext=${say.valueText(formatCount(seq), formatCount(history.last), when)}
          data-test="slider"
          @input=${slide(false)}
          @change=${slide(true)}
        />
      </label>
      <p class="place" data-test="place"><span><strong>${say.entry(formatCount(seq))}</strong> ${say.of(formatCount(history.last))}</span><span class="when">${when}</span></p>
      <label class="speed">
        <span class="hidden">${say.speed}</span>
        <select data-test="speed" @change=${(event: Event) => app.choosePlaySpeed(Number((event.target as HTMLSelectElement).value))}>
          ${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === player.speed}>${say.speeds[speed]}</option>`)}
        </select>
      </label>
    </section>
  `;
}

/** Arrow keys step and the space bar plays, wherever they mean nothing else. */
export function listenToKeys(app: App): void {
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !app.history) return;
    const target = event.target as Element;
    if (target.closest("input, select, textarea, pre, [role=log]")) return;
    const isReversed = document.documentElement.dir === "rtl";
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") app.stepBy((event.key === "ArrowRight") === isReversed ? -1 : 1);
    else if (event.key === " " && !target.closest("button, a, summary")) app.togglePlay();
    else return;
    event.preventDefault();
  });
}
