// Moments as the page's language writes them. Ledger time is always UTC, wherever the page is read.

import { isRightToLeft, locale } from "./language";

export const MINUTE = 60_000;
export const DAY = 86_400_000;

const SHAPES = {
  date: { day: "numeric", month: "short", year: "numeric" },
  day: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const formats = new Map<string, Intl.DateTimeFormat>();

function write(shape: keyof typeof SHAPES, moment: string | number): string {
  const name = `${locale()} ${shape}`;
  const format = formats.get(name) ?? new Intl.DateTimeFormat(locale(), { ...SHAPES[shape], timeZone: "UTC" });
  formats.set(name, format);
  return format.format(new Date(moment));
}

/** `3 Jan 2024` */
export function formatDate(moment: string | number): string {
  return write("date", moment);
}

/** `3 Jan` */
export function formatDay(moment: string | number): string {
  return write("day", moment);
}

/** `Jan 2024` */
export function formatMonth(moment: string | number): string {
  return write("month", moment);
}

/** `10:00` */
export function formatTime(moment: string | number): string {
  return write("time", moment);
}

/** `3 Jan 2024, 10:00` */
export function formatMoment(moment: string | number): string {
  return `${formatDate(moment)}${isRightToLeft() ? "،" : ","} ${formatTime(moment)}`;
}

/** As finely as it takes to tell the moments of a span apart. */
export function formatWithin(span: number, moment: number): string {
  if (span < 2 * DAY) return formatTime(moment);
  if (span < 200 * DAY) return formatDay(moment);
  return span < 900 * DAY ? formatDate(moment) : formatMonth(moment);
}
