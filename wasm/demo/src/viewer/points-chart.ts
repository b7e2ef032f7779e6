// The chart of a book over time, from the points that the worker chose; a click looks at an entry.

import { isRightToLeft } from "../language";
import { formatCount, formatMinor } from "../money";
import { formatWithin } from "../moment";
import { SERIES } from "../track";
import { drawPlot, pointAt, type Frame } from "../view/plot";
import type { Viewer } from "./viewer";

const DASHES = { available: [], pending: [6, 4], fees: [2, 3], refunds: [10, 3, 2, 3] };

export class PointsChart {
  readonly place: HTMLElement;
  readonly #viewer: Viewer;
  readonly #canvas: HTMLCanvasElement;
  #frame: Frame | null = null;
  #drawn = "";

  constructor(viewer: Viewer, place: HTMLElement) {
    this.place = place;
    this.#viewer = viewer;
    this.#canvas = place.querySelector("canvas") as HTMLCanvasElement;
    new ResizeObserver(() => this.update(true)).observe(place);
    place.addEventListener("click", (event) => this.#look(event));
  }

  update(isFresh = false): void {
    const { points, axis, currency, exponent } = this.#viewer;
    if (!points) return;
    const drawn = `${points.length}/${axis}/${currency}/${document.documentElement.lang}`;
    if (!isFresh && drawn === this.#drawn) return;
    this.#drawn = drawn;
    const style = (selector: string) => getComputedStyle(document.querySelector(selector) as Element);
    const muted = style(".quiet").color;
    this.#frame = drawPlot(this.#canvas, {
      length: points.length,
      xs: this.#xs,
      lines: SERIES.map((series) => ({ values: points[series], color: style(`[data-key=${series}]`).color, width: series === "available" ? 2.5 : 1.5, dash: DASHES[series] })),
      muted,
      grid: style(".legend").borderTopColor,
      font: "12px 'IBM Plex Sans', 'IBM Plex Sans Arabic', sans-serif",
      isRightToLeft: isRightToLeft(),
      writeX: (x) => (axis === "entry" ? formatCount(Math.round(x)) : formatWithin((points.times[points.length - 1] ?? 0) - (points.times[0] ?? 0), x)),
      writeY: (y) => formatMinor(BigInt(Math.round(y)), exponent).replace(/[.٫][0٠]+(?=\u2069?$)/, ""),
    });
  }

  get #xs(): Float64Array {
    const { points, axis } = this.#viewer;
    return (axis === "entry" ? points?.seqs : points?.times) ?? new Float64Array(0);
  }

  #look({ clientX }: MouseEvent): void {
    const { points } = this.#viewer;
    if (!this.#frame || !points) return;
    const place = pointAt(this.#frame, { xs: this.#xs, length: points.length }, clientX - this.#canvas.getBoundingClientRect().left);
    const seq = points.seqs[place];
    if (seq !== undefined) void this.#viewer.look(seq);
  }
}
