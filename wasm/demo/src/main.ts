// Where the simulator begins: load the ledger, open what the address names, draw.

import "./style/fonts.css";
import "./style/base.css";
import "./style/layout.css";
import "./style/picture.css";
import "./style/ledger.css";
import "./style/tables.css";
import "./style/controls.css";

import { render } from "lit-html";
import { addressOf, hashOf, writeAddress } from "./address";
import { App } from "./app";
import { recallLanguage, words } from "./language";
import { loadLedger } from "./ledger";
import { recallTheme } from "./theme";
import { Chart } from "./view/chart";
import { pageView } from "./view/page";
import { onScreenChange } from "./view/screen";
import { listenToKeys } from "./view/transport";

recallTheme();
recallLanguage();
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
    document.title = `${app.title} – ${words().page.title}`;
    // While days run, the place changes with every frame and nobody has chosen it.
    if (!app.running) writeAddress(hashOf(app.address), app.isVisit);
    app.isVisit = false;
  });
}

/** Keeps the step looked at in the middle of the list, without moving the page. */
function centerStep(): void {
  const list = root.querySelector<HTMLElement>(".steps ol");
  const step = list?.querySelector<HTMLElement>("[aria-current]");
  if (list && step) list.scrollTop = step.offsetTop - (list.clientHeight - step.offsetHeight) / 2;
}

const restyle = () => chart?.update(true);
document.addEventListener("themechange", restyle);
document.addEventListener("languagechange", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
onScreenChange(draw);
addEventListener("popstate", () => void app.visit(addressOf(location.hash)));
listenToKeys(app);

try {
  await loadLedger();
  await document.fonts.ready;
  root.replaceChildren();
  const address = addressOf(location.hash);
  if (address.plan) app.plan = address.plan;
  await app.open(address.mode, address);
  root.removeAttribute("aria-busy");
} catch (error) {
  root.textContent = words().page.failed(error instanceof Error ? error.message : String(error));
  throw error;
}
