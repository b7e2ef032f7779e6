// Lines of steps on a canvas: of any number of points, no more is drawn than there are pixels.

export interface Line {
  values: Float64Array;
  color: string;
  width: number;
  dash: number[];
}

export interface Plot {
  /** How many of the points count. */
  length: number;
  /** Where each point is along the axis, never less than the one before. */
  xs: Float64Array;
  lines: readonly Line[];
  muted: string;
  grid: string;
  font: string;
  isRightToLeft: boolean;
  writeX: (x: number) => string;
  writeY: (y: number) => string;
}

const MARGIN = { top: 10, bottom: 24, start: 78, end: 10 };

/** The place of the drawing within the canvas, and the span of both axes. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
  fromX: number;
  toX: number;
  least: number;
  most: number;
  isRightToLeft: boolean;
}

/** Draws all lines and axes, and says where. */
export function drawPlot(canvas: HTMLCanvasElement, plot: Plot): Frame {
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const [least, most] = spanOf(plot);
  const [left, right] = plot.isRightToLeft ? [MARGIN.end, width - MARGIN.start] : [MARGIN.start, width - MARGIN.end];
  const frame: Frame = {
    left,
    right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
    fromX: plot.xs[0] ?? 0,
    toX: plot.xs[plot.length - 1] ?? 1,
    least,
    most,
    isRightToLeft: plot.isRightToLeft,
  };
  drawAxes(context, frame, plot);
  for (const line of plot.lines) drawLine(context, frame, plot, line);
  return frame;
}

export function xOf(frame: Frame, x: number): number {
  const part = frame.toX === frame.fromX ? 0 : (x - frame.fromX) / (frame.toX - frame.fromX);
  const along = part * (frame.right - frame.left);
  return frame.isRightToLeft ? frame.right - along : frame.left + along;
}

function yOf(frame: Frame, y: number): number {
  return frame.bottom - ((y - frame.least) / (frame.most - frame.least)) * (frame.bottom - frame.top);
}

/** The last point at or before a place of the canvas; −1 without points. */
export function pointAt(frame: Frame, plot: Pick<Plot, "xs" | "length">, pixel: number): number {
  const part = (pixel - frame.left) / Math.max(1, frame.right - frame.left);
  const x = frame.fromX + (frame.isRightToLeft ? 1 - part : part) * (frame.toX - frame.fromX);
  let [low, high] = [0, plot.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((plot.xs[middle] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, plot.length === 0 ? -1 : 0);
}

function spanOf({ lines, length }: Plot): [number, number] {
  let [least, most] = [0, 0];
  for (const { values } of lines) {
    for (let place = 0; place < length; place += 1) {
      const value = values[place] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  return most === least ? [least, least + 0.5] : [least, most];
}

/** Within one pixel only the least, the greatest and the last value can be seen. */
function drawLine(context: CanvasRenderingContext2D, frame: Frame, { xs, length }: Plot, { values, color, width, dash }: Line): void {
  if (length === 0) return;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  let pixel = Math.round(xOf(frame, xs[0] as number));
  let [least, most, last] = [values[0] as number, values[0] as number, values[0] as number];
  context.moveTo(pixel, yOf(frame, last));
  const flush = () => {
    if (most > least) {
      context.lineTo(pixel, yOf(frame, least));
      context.lineTo(pixel, yOf(frame, most));
    }
    context.lineTo(pixel, yOf(frame, last));
  };
  for (let place = 1; place < length; place += 1) {
    const value = values[place] as number;
    const next = Math.round(xOf(frame, xs[place] as number));
    if (next !== pixel) {
      flush();
      context.lineTo(next, yOf(frame, last));
      pixel = next;
      [least, most] = [Math.min(last, value), Math.max(last, value)];
    } else {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    last = value;
  }
  flush();
  context.stroke();
  context.setLineDash([]);
}

function drawAxes(context: CanvasRenderingContext2D, frame: Frame, { font, muted, grid, writeX, writeY }: Plot): void {
  context.font = font;
  context.fillStyle = muted;
  context.strokeStyle = grid;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = frame.isRightToLeft ? "left" : "right";
  context.direction = "ltr";
  for (const tick of ticksBetween(frame.least, frame.most, 5)) {
    const y = Math.round(yOf(frame, tick)) + 0.5;
    context.beginPath();
    context.moveTo(frame.left, y);
    context.lineTo(frame.right, y);
    context.stroke();
    context.fillText(writeY(tick), frame.isRightToLeft ? frame.right + 8 : frame.left - 8, y);
  }
  context.textBaseline = "top";
  const count = Math.max(1, Math.floor((frame.right - frame.left) / 110));
  let written = "";
  for (let place = 0; place <= count; place += 1) {
    const x = frame.fromX + ((frame.toX - frame.fromX) * place) / count;
    const text = writeX(x);
    if (text === written) continue;
    written = text;
    const isFirst = place === 0;
    context.textAlign = isFirst ? (frame.isRightToLeft ? "right" : "left") : place === count ? (frame.isRightToLeft ? "left" : "right") : "center";
    context.fillText(text, xOf(frame, x), frame.bottom + 8);
  }
}

/** Round numbers between two values. */
function ticksBetween(least: number, most: number, count: number): number[] {
  const rough = (most - least) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  // There is nothing between two minor units.
  const step = Math.max(1, round);
  const ticks: number[] = [];
  for (let tick = Math.ceil(least / step) * step; tick <= most; tick += step) ticks.push(tick);
  return ticks;
}
