// Money as people write it: minor units in, major units out, by the currency's exponent.

/** A currency and how many decimals its amounts have. */
export interface Currency {
  code: string;
  exponent: number;
}

/** `-91200` as `−912.00`: a true minus, thousands apart, every decimal there. */
export function formatMinor(minor: bigint, exponent: number): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = exponent === 0 ? "" : `.${digits.slice(-exponent)}`;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${minor < 0n ? "−" : ""}${grouped}${fraction}`;
}

/** With the currency before it, joined so that a line never ends between them. */
export function formatMoney(minor: bigint, currency: Currency): string {
  return `${currency.code}\u00a0${formatMinor(minor, currency.exponent)}`;
}

/** `226.04` as `22604`; null for what is no amount of this currency. */
export function parseMajor(text: string, exponent: number): string | null {
  const match = /^(-?)(\d[\d,]*)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (fraction.length > exponent) return null;
  const digits = whole.replaceAll(",", "") + fraction.padEnd(exponent, "0");
  return BigInt(sign + digits).toString();
}

/** For a chart, where a pixel is worth more than a unit. */
export function toMajor(minor: bigint, exponent: number): number {
  return Number(minor) / 10 ** exponent;
}
