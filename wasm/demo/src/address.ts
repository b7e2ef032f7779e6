// The page's address names a scenario and a place in it, so that every step can be linked to and the
// browser's back button leads to the step before: `#storm/34`, or `#days-7-60/12`.

import { SCENARIOS } from "./scenario";
import type { Plan } from "./simulation";

export type Mode = keyof typeof SCENARIOS | "days" | "hand";

export interface Address {
  mode: Mode;
  /** How many steps have happened; null for the scenario's own beginning. */
  step: number | null;
  /** An entry within what the step made; null for its last. */
  seq: number | null;
  plan: Plan | null;
}

export function addressOf(hash: string): Address {
  const [name = "", step, seq] = hash.replace(/^#/, "").split("/");
  const days = /^days(?:-(\d{1,10})-(\d{1,4}))?$/.exec(name);
  const plan = days?.[1] ? { seed: Number(days[1]), days: Number(days[2]) } : null;
  const mode = days ? "days" : name in SCENARIOS || name === "hand" ? name : "first";
  return { mode, step: wholeNumber(step), seq: wholeNumber(seq), plan };
}

export function hashOf({ mode, step, seq, plan }: Address): string {
  const name = mode === "days" && plan ? `days-${plan.seed}-${plan.days}` : mode;
  return `#${name}${step === null ? "" : `/${step}`}${seq === null ? "" : `/${seq}`}`;
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** How long a place is looked at before the address says so, in milliseconds: browsers count the changes. */
const SETTLED = 300;
let settling: ReturnType<typeof setTimeout> | undefined;

/** Writes the address: a visit can be gone back to, anything else replaces what was there. */
export function writeAddress(hash: string, isVisit: boolean): void {
  clearTimeout(settling);
  if (location.hash === hash) return;
  if (isVisit) history.pushState(null, "", hash);
  else settling = setTimeout(() => location.hash !== hash && history.replaceState(null, "", hash), SETTLED);
}
