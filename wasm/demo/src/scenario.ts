// The built-in scenarios: what is asked of the ledger, step by step. The figures come from it.

import type { Step } from "./step";

export interface Scenario {
  title: string;
  lead: string;
  merchant: { id: string; name: string };
  currency: string;
  seed: number;
  /** The step to look at first. */
  focus: number;
  steps: Step[];
}

/** The scenarios by name, in the order they are offered; each is loaded when it is wanted. */
export const SCENARIOS: Record<string, { label: string; load: () => Promise<Scenario> }> = {
  first: { label: "One refund", load: () => from(import("./scenarios/first.json")) },
  storm: { label: "Refund storm", load: () => from(import("./scenarios/storm.json")) },
  shop: { label: "A real shop", load: () => from(import("./scenarios/shop.json")) },
  "double-click": { label: "Double click", load: () => from(import("./scenarios/double-click.json")) },
};

async function from(file: Promise<{ default: unknown }>): Promise<Scenario> {
  return (await file).default as Scenario;
}
