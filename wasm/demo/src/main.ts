// Where the page begins: load the ledger, open the first scenario, draw.

import "./style/fonts.css";
import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/layout.css";
import "./style/ledger.css";
import "./style/controls.css";

import { render } from "lit-html";
import { App, type Mode } from "./app";
import { loadLedger } from "./ledger";
import { SCENARIOS } from "./scenario";
import { recallTheme } from "./theme";
import { Chart } from "./view/chart";
import { pageView } from "./view/page";

recallTheme();
const root = document.querySelector("#page") as HTMLElement;
const app = new App(draw);
let chart: Chart | null = null;
let isDrawing = false;

/** Draws once a frame, however much has changed. */
function draw(): void {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    const held = document.activeElement?.closest<HTMLElement>("section, aside");
    render(pageView(app), root);
    // When the button that had the focus is gone, its section takes it, so that Tab goes on from there.
    if (held?.isConnected && document.activeElement === document.body) {
      held.tabIndex = -1;
      held.focus({ preventScroll: true });
    }
    chart ??= new Chart(app, document.querySelector("#plot") as HTMLElement);
    chart.update();
    centerStep();
    document.title = `${app.title} – Refundry simulator`;
    const link = `#${app.mode}`;
    if (location.hash !== link) history.replaceState(null, "", link);
  });
}

/** Keeps the step looked at in the middle of the list, without moving the page. */
function centerStep(): void {
  const list = root.querySelector<HTMLElement>(".steps ol");
  const step = list?.querySelector<HTMLElement>("[aria-current]");
  if (list && step) list.scrollTop = step.offsetTop - (list.clientHeight - step.offsetHeight) / 2;
}

/** The scenario that the address names. */
function named(): Mode {
  const name = location.hash.slice(1);
  return name in SCENARIOS || name === "days" || name === "hand" ? (name as Mode) : "first";
}

const restyle = () => chart?.update(true);
document.addEventListener("themechange", restyle);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
addEventListener("hashchange", () => void app.open(named()));

try {
  await loadLedger();
  await document.fonts.ready;
  root.replaceChildren();
  await app.open(named());
  root.removeAttribute("aria-busy");
} catch (error) {
  root.textContent = `The simulator can’t start: ${error instanceof Error ? error.message : String(error)}`;
  throw error;
}
