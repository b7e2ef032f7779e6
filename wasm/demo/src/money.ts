// Money as people write it: minor units in, major units out, by the currency's exponent.

import { isRightToLeft, language, locale } from "./language";

/** A currency and how many decimals its amounts have. */
export interface Currency {
  code: string;
  exponent: number;
}

const LATIN = "0123456789";
const ARABIC = "٠١٢٣٤٥٦٧٨٩";

/** Keeps what is written from left to right together within a line from right to left. */
const isolated = (text: string) => `\u2066${text}\u2069`;

/**
 * `-91200` as `−912.00`: a true minus, thousands apart, every decimal there. No float is between, and
 * the decimals are those of the ledger, which are not always those of `Intl`.
 */
export function formatMinor(minor: bigint, exponent: number): string {
  const [whole = "", fraction] = plainMinor(minor < 0n ? -minor : minor, exponent).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return inDigits(`${minor < 0n ? "−" : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`);
}

/** As programs read it: `-912.00`. */
function plainMinor(minor: bigint, exponent: number): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return `${minor < 0n ? "-" : ""}${whole}${exponent === 0 ? "" : `.${digits.slice(-exponent)}`}`;
}

/** With the currency beside it, joined so that a line never ends between them. */
export function formatMoney(minor: bigint, currency: Currency): string {
  const amount = formatMinor(minor, currency.exponent);
  if (!isRightToLeft()) return `${currency.code}\u00a0${amount}`;
  return `\u2067${amount}\u00a0${symbolOf(currency.code)}\u2069`;
}

/** A count, in the language's digits. */
export function formatCount(count: number): string {
  return inDigits(String(count).replace(/\B(?=(\d{3})+$)/g, ","));
}

function inDigits(text: string): string {
  if (language() === "en") return text;
  return isolated(text.replace(/\d/g, (digit) => ARABIC[Number(digit)] ?? digit).replaceAll(",", "٬").replace(".", "٫"));
}

/** How this language writes a currency: `ج.م` in Arabic, without the dot that would end a sentence twice. */
export function symbolOf(code: string): string {
  if (language() === "en") return code;
  const parts = new Intl.NumberFormat(locale(), { style: "currency", currency: code }).formatToParts(0);
  return parts.find(({ type }) => type === "currency")?.value.replace(/[\u061c\u200e\u200f]|\.$/g, "").replace(/\.$/, "") ?? code;
}

/** `226.04` as `22604`; null for what is no amount of this currency. Arabic digits are read too. */
export function parseMajor(text: string, exponent: number): string | null {
  // What this page wrote into a field has the marks that keep it together.
  const latin = text.replace(/[\u2066-\u2069]/g, "").replace(/[٠-٩]/g, (digit) => LATIN[ARABIC.indexOf(digit)] ?? digit).replaceAll("٬", ",").replace("٫", ".");
  const match = /^(-?)(\d[\d,]*)(?:\.(\d+))?$/.exec(latin.trim().replace("−", "-"));
  if (!match) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (fraction.length > exponent) return null;
  const digits = whole.replaceAll(",", "") + fraction.padEnd(exponent, "0");
  return BigInt(sign + digits).toString();
}
