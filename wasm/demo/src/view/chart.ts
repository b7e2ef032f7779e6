// The chart of the merchant's funds over simulated time. uPlot draws; a click travels.

import uPlot from "uplot";
import type { App } from "../app";
import { formatMinor, toMajor } from "../money";
import { DAY, formatDay, formatTime } from "../moment";

export const SERIES = ["available", "pending", "fees", "refunds"] as const;
type Series = (typeof SERIES)[number];

/** Besides colour, a dash tells the lines apart. */
const DASHES: Record<Series, number[]> = { available: [], pending: [6, 4], fees: [2, 3], refunds: [10, 3, 2, 3] };
const WIDTHS: Record<Series, number> = { available: 2.5, pending: 1.5, fees: 1.5, refunds: 1.5 };

export class Chart {
  readonly #app: App;
  readonly #place: HTMLElement;
  #plot: uPlot | null = null;
  #drawn = "";
  /** The entry that each point of the chart is the last of. */
  #seqs: number[] = [];

  constructor(app: App, place: HTMLElement) {
    this.#app = app;
    this.#place = place;
    new ResizeObserver(() => this.#resize()).observe(place);
    place.addEventListener("click", () => this.#travel());
  }

  /** Draws again what has changed; `isFresh` when even the colours have. */
  update(isFresh = false): void {
    const { history } = this.#app;
    const drawn = `${history.book.id}/${history.last}`;
    if (this.#plot === null || isFresh) this.#make();
    else if (drawn !== this.#drawn) this.#plot.setData(this.#data());
    else this.#plot.redraw(false);
    this.#drawn = drawn;
  }

  #make(): void {
    this.#plot?.destroy();
    const colors = this.#colors();
    const { exponent } = this.#app.history.book.currency;
    const axis = { stroke: colors.muted, grid: { stroke: colors.line, width: 1 }, ticks: { show: false }, font: "12px 'IBM Plex Sans', sans-serif" };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    this.#plot = new uPlot(
      {
        width: Math.max(240, this.#place.clientWidth),
        height: this.#height(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        padding: [12, 8, 0, 0],
        axes: [{ ...axis, grid: { show: false }, space: 64, values: (_, moments) => moments.map(formatX) }, { ...axis, size: 74, values: (_, ticks) => ticks.map((tick) => formatTick(tick, exponent)) }],
        series: [
          {},
          ...SERIES.map((series) => ({
            stroke: colors[series],
            width: WIDTHS[series],
            dash: DASHES[series],
            points: { show: false },
            ...(stepped ? { paths: stepped } : {}),
          })),
        ],
        hooks: { draw: [(plot) => this.#mark(plot, colors.ink, colors.paper)] },
      },
      this.#data(),
      this.#place,
    );
  }

  #data(): uPlot.AlignedData {
    const { history } = this.#app;
    const { exponent } = history.book.currency;
    const rows: [number, ...number[]][] = [];
    this.#seqs = [];
    history.entries.forEach((entry, place) => {
      const time = Date.parse(entry.recordedAt) / 1000;
      const balances = history.balancesAt(entry.seq);
      const refunds = history.refundedAt(entry.seq);
      const values = [balances.available, balances.pending, balances.fees, refunds].map((minor) => toMajor(minor, exponent));
      // Of entries of one moment the last is shown.
      const next = history.entries[place + 1];
      if (next && Date.parse(next.recordedAt) / 1000 === time) return;
      rows.push([time, ...values]);
      this.#seqs.push(entry.seq);
    });
    return [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column] ?? 0)) as unknown as uPlot.AlignedData;
  }

  /** A line where the place looked at is; what comes later fades. */
  #mark(plot: uPlot, color: string, paper: string): void {
    const entry = this.#app.history.entry(this.#app.seq);
    if (!entry) return;
    const x = Math.round(plot.valToPos(Date.parse(entry.recordedAt) / 1000, "x", true));
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = paper;
    ctx.globalAlpha = 0.7;
    ctx.fillRect(x, bbox.top, bbox.left + bbox.width - x, bbox.height);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = color;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  #travel(): void {
    const seq = this.#seqs[this.#plot?.cursor.idx ?? -1];
    if (seq !== undefined) this.#app.travelTo(seq);
  }

  #resize(): void {
    this.#plot?.setSize({ width: Math.max(240, this.#place.clientWidth), height: this.#height() });
  }

  #height(): number {
    return this.#place.clientWidth < 480 ? 220 : 320;
  }

  /** The legend's keys carry the colours, so that the stylesheet alone decides them. */
  #colors(): Record<Series | "ink" | "muted" | "line" | "paper", string> {
    const color = (selector: string, property: "color" | "backgroundColor" | "borderTopColor" = "color") => {
      const element = document.querySelector(selector);
      return element ? getComputedStyle(element)[property] : "gray";
    };
    return {
      available: color("[data-key=available]"),
      pending: color("[data-key=pending]"),
      fees: color("[data-key=fees]"),
      refunds: color("[data-key=refunds]"),
      ink: color(".chart"),
      muted: color(".chart .aside"),
      line: color(".chart .legend", "borderTopColor"),
      paper: color("body", "backgroundColor"),
    };
  }
}

function formatTick(tick: number, exponent: number): string {
  const minor = BigInt(Math.round(tick * 10 ** exponent));
  return formatMinor(minor, exponent).replace(/\.0+$/, "");
}

/** The day at midnight, else the time. */
function formatX(seconds: number): string {
  const moment = seconds * 1000;
  return moment % DAY === 0 ? formatDay(moment) : formatTime(moment);
}
