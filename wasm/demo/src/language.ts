// The page's language: English, or Arabic from right to left.

import { arabic } from "./words/arabic";
import { english, type Words } from "./words/english";

export type Language = "en" | "ar";

/** A text of a scenario: in one language, or in both. */
export type Text = string | { en: string; ar: string };

const KEY = "refundry-language";
const LOCALES = { en: "en-GB", ar: "ar-EG" } as const;

let current: Language = "en";

export function language(): Language {
  return current;
}

/** How this language writes numbers and dates. */
export function locale(): string {
  return LOCALES[current];
}

export function words(): Words {
  return current === "ar" ? arabic : english;
}

export function isRightToLeft(): boolean {
  return current === "ar";
}

export function textOf(text: Text): string {
  return typeof text === "string" ? text : text[current];
}

/** The language that the address names, else the one chosen on an earlier visit, else the browser's. */
export function recallLanguage(): void {
  const named = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEY) ?? navigator.language;
  use(named.startsWith("ar") ? "ar" : "en");
}

/** Changes the language, and the address with it, so that a link keeps it. */
export function chooseLanguage(chosen: Language): void {
  use(chosen);
  localStorage.setItem(KEY, chosen);
  const address = new URL(location.href);
  address.searchParams.set("lang", chosen);
  history.replaceState(history.state, "", address);
  document.dispatchEvent(new Event("languagechange"));
}

function use(chosen: Language): void {
  current = chosen;
  document.documentElement.lang = chosen;
  document.documentElement.dir = chosen === "ar" ? "rtl" : "ltr";
}
