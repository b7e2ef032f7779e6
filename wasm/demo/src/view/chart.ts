// The chart of the merchant's funds over the entries or over time; a click travels.

import { html, type TemplateResult } from "lit-html";
import type { App, Axis } from "../app";
import { isRightToLeft, words } from "../language";
import { formatCount, formatMinor, symbolOf } from "../money";
import { formatWithin } from "../moment";
import { SERIES, type Series } from "../track";
import { drawPlot, pointAt, xOf, type Frame } from "./plot";

/** Besides colour, a dash tells the lines apart. */
const DASHES: Record<Series, number[]> = { available: [], pending: [6, 4], fees: [2, 3], refunds: [10, 3, 2, 3] };
const WIDTHS: Record<Series, number> = { available: 2.5, pending: 1.5, fees: 1.5, refunds: 1.5 };

export function chartView(app: App): TemplateResult {
  const { history, seq } = app;
  const { exponent, code } = history.book.currency;
  const say = words().chart;
  const values = { ...history.balancesAt(seq), refunds: history.refundedAt(seq) };
  const said = SERIES.map((series) => `${say.series[series]} ${formatMinor(values[series], exponent)}`).join(", ");
  const axis = (name: Axis, label: string) => html`<button aria-pressed=${app.axis === name ? "true" : "false"} data-axis=${name} @click=${() => app.chooseAxis(name)}>${label}</button>`;
  return html`
    <section class="chart" aria-labelledby="chart-title">
      <div class="chart-head">
        <h2 id="chart-title" class="section-title">${say.title} <span class="aside">${say.note(symbolOf(code), formatCount(seq))}</span></h2>
        <div class="segments" role="group" aria-label=${say.axis}>${axis("entry", say.byEntry)}${axis("date", say.byDate)}</div>
      </div>
      <dl class="legend">
        ${SERIES.map((series) => html`
          <div>
            <dt><span class="key" data-key=${series}></span>${say.series[series]}</dt>
            <dd data-legend=${series}>${formatMinor(values[series], exponent)}</dd>
          </div>`)}
      </dl>
      <div class="plot" id="plot" role="img" aria-label=${say.said(formatCount(seq), said)}><canvas></canvas><canvas class="mark"></canvas></div>
    </section>
  `;
}

/** Keeps the two canvases up to date: one of lines, drawn when the book grows, one of the place looked at. */
export class Chart {
  readonly #app: App;
  readonly #lines: HTMLCanvasElement;
  readonly #mark: HTMLCanvasElement;
  #drawn = "";
  #frame: Frame | null = null;
  #entries = new Float64Array(0);
  #colors: ReturnType<typeof colorsShown> | null = null;

  constructor(app: App, place: HTMLElement) {
    this.#app = app;
    const [lines, mark] = place.querySelectorAll("canvas");
    this.#lines = lines as HTMLCanvasElement;
    this.#mark = mark as HTMLCanvasElement;
    new ResizeObserver(() => this.update(true)).observe(place);
    place.addEventListener("click", (event) => this.#travel(event));
  }

  /** Draws again what has changed; `isFresh` when even the colours or the size have. */
  update(isFresh = false): void {
    const { history, axis } = this.#app;
    const drawn = `${history.book.id}/${history.last}/${axis}/${document.documentElement.lang}`;
    // Asking for colours lays the page out, so they are asked for only when they may have changed.
    if (isFresh || !this.#colors) this.#colors = colorsShown();
    if (isFresh || drawn !== this.#drawn) this.#draw(this.#colors);
    this.#drawn = drawn;
    this.#drawMark();
  }

  #draw(colors: ReturnType<typeof colorsShown>): void {
    const { track, book } = this.#app.history;
    const { exponent } = book.currency;
    this.#frame = drawPlot(this.#lines, {
      length: track.length,
      xs: this.#xs(),
      lines: SERIES.map((series) => ({ values: track.values[series], color: colors[series], width: WIDTHS[series], dash: DASHES[series] })),
      muted: colors.muted,
      grid: colors.grid,
      font: "12px 'IBM Plex Sans', 'IBM Plex Sans Arabic', sans-serif",
      isRightToLeft: isRightToLeft(),
      writeX: (x) => this.#writeX(x),
      writeY: (y) => formatMinor(BigInt(Math.round(y)), exponent).replace(/[.٫][0٠]+(?=\u2069?$)/, ""),
    });
  }

  /** Along the axis either the entries' numbers or their moments. */
  #xs(): Float64Array {
    const { track } = this.#app.history;
    if (this.#app.axis === "date") return track.times;
    if (this.#entries.length < track.length) this.#entries = Float64Array.from({ length: track.times.length }, (_, place) => place + 1);
    return this.#entries;
  }

  #writeX(x: number): string {
    if (this.#app.axis === "entry") return formatCount(Math.round(x));
    const { track } = this.#app.history;
    return formatWithin((track.times[track.length - 1] ?? 0) - (track.times[0] ?? 0), x);
  }

  /** A line where the place looked at is; what comes later fades. */
  #drawMark(): void {
    const { history, seq } = this.#app;
    const frame = this.#frame;
    const canvas = this.#mark;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    // Its size is that of the lines, which was asked for when they were drawn: asking lays the page out.
    const { width, height } = this.#lines;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!frame || seq === 0 || history.last === 0) return;
    const x = Math.round(xOf(frame, this.#xs()[seq - 1] ?? 0)) + 0.5;
    const later = frame.isRightToLeft ? frame.left : frame.right;
    context.fillStyle = this.#colors?.paper ?? "white";
    context.globalAlpha = 0.7;
    context.fillRect(Math.min(x, later), frame.top, Math.abs(later - x), frame.bottom - frame.top);
    context.globalAlpha = 1;
    context.strokeStyle = this.#colors?.ink ?? "black";
    context.beginPath();
    context.moveTo(x, frame.top);
    context.lineTo(x, frame.bottom);
    context.stroke();
  }

  #travel({ clientX }: MouseEvent): void {
    if (!this.#frame) return;
    const pixel = clientX - this.#lines.getBoundingClientRect().left;
    const place = pointAt(this.#frame, { xs: this.#xs(), length: this.#app.history.track.length }, pixel);
    if (place >= 0) this.#app.travelTo(place + 1);
  }
}

/** The legend's keys carry the colours, so that the stylesheet alone decides them. */
function colorsShown(): Record<Series | "ink" | "muted" | "grid" | "paper", string> {
  const style = (selector: string) => getComputedStyle(document.querySelector(selector) as Element);
  const [available, pending, fees, refunds] = SERIES.map((series) => style(`[data-key=${series}]`).color) as [string, string, string, string];
  return {
    available,
    pending,
    fees,
    refunds,
    ink: style(".chart").color,
    muted: style(".chart .aside").color,
    grid: style(".chart .legend").borderTopColor,
    paper: style("body").backgroundColor,
  };
}
