// The built-in scenarios: what is asked of the ledger, step by step. The figures come from it.

import type { Text } from "./language";
import type { Step } from "./step";

export interface Scenario {
  title: Text;
  lead: Text;
  merchant: { id: string; name: string };
  currency: string;
  seed: number;
  /** The step to look at first. */
  focus: number;
  steps: Step[];
}

/** The scenarios by name, in the order they are offered; each is loaded when it is wanted. */
export const SCENARIOS: Record<string, { load: () => Promise<Scenario> }> = {
  first: { load: () => from(import("./scenarios/first.json")) },
  storm: { load: () => from(import("./scenarios/storm.json")) },
  shop: { load: () => from(import("./scenarios/shop.json")) },
  "double-click": { load: () => from(import("./scenarios/double-click.json")) },
  dispute: { load: () => from(import("./scenarios/dispute.json")) },
};

async function from(file: Promise<{ default: unknown }>): Promise<Scenario> {
  return (await file).default as Scenario;
}
