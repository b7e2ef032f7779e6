// Where the viewer begins: draw, and wait for a file.

import "../style/fonts.css";
import "../style/base.css";
import "../style/layout.css";
import "../style/ledger.css";
import "../style/controls.css";
import "../style/viewer.css";

import { render } from "lit-html";
import { recallLanguage, words } from "../language";
import { recallTheme } from "../theme";
import { EntryList } from "./list";
import { PointsChart } from "./points-chart";
import { pageView } from "./page";
import { Viewer } from "./viewer";

recallTheme();
recallLanguage();
const root = document.querySelector("#page") as HTMLElement;
const viewer = new Viewer(draw);
let list: EntryList | null = null;
let chart: PointsChart | null = null;
let isDrawing = false;

viewer.onRows = (isNew) => list?.update(isNew);

/** Draws once a frame, however much has changed. */
function draw(): void {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    render(pageView(viewer), root);
    document.title = words().viewer.title;
    const place = root.querySelector<HTMLElement>("#list");
    if (place && list?.place !== place) {
      list = new EntryList(viewer, place);
      list.update(true);
    }
    const plot = root.querySelector<HTMLElement>("#points");
    if (plot && chart?.place !== plot) chart = new PointsChart(viewer, plot);
    chart?.update();
  });
}

function restyle(): void {
  chart?.update(true);
  list?.update(false);
}

document.addEventListener("themechange", restyle);
document.addEventListener("languagechange", () => {
  draw();
  queueMicrotask(restyle);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);

// The whole page is where a file can be dropped.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) void viewer.open(file);
});

draw();
