// Simulated time is always UTC, wherever the page is read.

export const MINUTE = 60_000;
export const DAY = 86_400_000;

const DATE = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});

/** `3 Jan 2024` */
export function formatDate(moment: string | number): string {
  return DATE.format(new Date(moment));
}

/** `3 Jan` */
export function formatDay(moment: string | number): string {
  return SHORT.format(new Date(moment));
}

/** `10:00` */
export function formatTime(moment: string | number): string {
  return TIME.format(new Date(moment));
}

/** `3 Jan 2024, 10:00` */
export function formatMoment(moment: string | number): string {
  const date = new Date(moment);
  return `${DATE.format(date)}, ${TIME.format(date)}`;
}
