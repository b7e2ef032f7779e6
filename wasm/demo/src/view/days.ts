// The simulated days: a seed, how many, how fast, and a way to stop.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app";

const SPEEDS: readonly [number, string][] = [
  [2, "2 days a second"],
  [10, "10 days a second"],
  [40, "40 days a second"],
  [0, "as fast as it can"],
];

export function daysView(app: App): TemplateResult | typeof nothing {
  if (app.mode !== "days") return nothing;
  const { plan, running } = app;
  const day = running?.day ?? Math.min(plan.days, app.daysRun);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (app.running) return app.cancel();
    const data = new FormData(event.target as HTMLFormElement);
    app.plan = { seed: Number(data.get("seed")), days: Number(data.get("days")) };
    void app.runDays();
  };
  return html`
    <section class="days" aria-label="Simulation">
      <form @submit=${submit}>
        <label><span>Seed</span><input name="seed" type="number" min="0" max="4294967295" required .value=${String(plan.seed)} /></label>
        <label><span>Days</span><input name="days" type="number" min="1" max="730" required .value=${String(plan.days)} /></label>
        <label>
          <span>Speed</span>
          <select name="speed" @change=${(event: Event) => app.setSpeed(Number((event.target as HTMLSelectElement).value))}>
            ${SPEEDS.map(([speed, words]) => html`<option value=${speed} ?selected=${speed === app.speed}>${words}</option>`)}
          </select>
        </label>
        <button class="primary" data-test=${running ? "cancel" : "run"}>${running ? "Cancel" : "Run"}</button>
      </form>
      <div class="progress">
        <progress max=${plan.days} value=${day} aria-label="Days that have passed"></progress>
        <p data-test="progress">Day ${day} of ${plan.days} with seed ${app.history.book.seed}</p>
      </div>
    </section>
  `;
}
