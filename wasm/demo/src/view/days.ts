// The simulated days: a seed, how many, how fast, and a way to stop.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app";
import { words } from "../language";
import { formatCount } from "../money";

/** The most days, and how many pass in a second; 0 is as fast as it can. */
const MOST = 6000;
const SPEEDS = [2, 10, 40, 0] as const;

export function daysView(app: App): TemplateResult | typeof nothing {
  if (app.mode !== "days") return nothing;
  const { plan, running } = app;
  const say = words().days;
  const day = running?.day ?? Math.min(plan.days, app.daysRun);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (app.running) return app.cancel();
    const data = new FormData(event.target as HTMLFormElement);
    app.plan = { seed: Number(data.get("seed")), days: Number(data.get("days")) };
    void app.runDays();
  };
  return html`
    <section class="days" aria-label=${say.label}>
      <form @submit=${submit}>
        <label><span>${say.seed}</span><input name="seed" type="number" min="0" max="4294967295" required .value=${String(plan.seed)} /></label>
        <label><span>${say.days}</span><input name="days" type="number" min="1" max=${MOST} required .value=${String(plan.days)} /></label>
        <label>
          <span>${say.speed}</span>
          <select name="speed" @change=${(event: Event) => app.setSpeed(Number((event.target as HTMLSelectElement).value))}>
            ${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === app.speed}>${speed === 0 ? say.fastest : formatCount(speed)}</option>`)}
          </select>
        </label>
        <button class="primary" data-test=${running ? "cancel" : "run"}>${running ? say.cancel : say.run}</button>
      </form>
      <div class="progress">
        <progress max=${plan.days} value=${day} aria-label=${say.passed}></progress>
        <p data-test="progress">${say.day(formatCount(day), formatCount(plan.days), app.history.book.seed)}</p>
      </div>
    </section>
  `;
}
