// What decides on a step, and how much of it is left: a charge's amount, a merchant's limit.

import type { History } from "./history";
import { words } from "./language";
import { formatMinor } from "./money";
import type { Happening } from "./step";

export interface Part {
  kind: "before" | "now" | "left" | "refused";
  label: string;
  amount: bigint;
}

export interface Meter {
  id: "charge" | "limit" | "payout";
  title: string;
  note: string;
  parts: Part[];
  isPassed: boolean;
}

/** The meters of what happened, as of the entry that it ended at. */
export function metersOf(history: History, happening: Happening, place: number): Meter[] {
  const meters = [chargeMeter(history, happening), limitMeter(history, happening, place), payoutMeter(history, happening)];
  return meters.filter((meter): meter is Meter => meter !== null);
}

function chargeMeter(history: History, { step, outcome, seqBefore, seqAfter }: Happening): Meter | null {
  if (step.do !== "refund" && step.do !== "dispute") return null;
  if (outcome.kind === "refused" && outcome.refusal.code === "idempotency_key_reused") return null;
  const id = history.chargeNamed(step.do === "refund" ? step.request : step);
  if (id === undefined) return null;
  const said = words().meters;
  const captured = BigInt(history.book.chargeById(id).amountCaptured);
  const [before, left] = [history.leftOf(id, seqBefore), history.leftOf(id, seqAfter)];
  const wasDisputed = history.givenBackAt(id, seqBefore).disputed > 0n;
  const parts: Part[] = [{ kind: "before", label: wasDisputed ? said.beforeOrDisputed : said.before, amount: captured - before }];
  const asked = step.do === "refund" ? history.askedBy(step.request, seqBefore) : BigInt(step.amount);
  if (outcome.kind === "refused") parts.push({ kind: "refused", label: said.asked, amount: asked ?? 0n });
  else if (seqAfter > seqBefore) parts.push({ kind: "now", label: step.do === "dispute" ? said.nowDisputed : said.now, amount: before - left });
  parts.push({ kind: "left", label: said.left, amount: left });
  const isPassed = outcome.kind === "refused" && outcome.refusal.code !== "balance_insufficient";
  return { id: "charge", title: said.charge(id), note: formatMinor(captured, history.book.currency.exponent), parts, isPassed };
}

function limitMeter(history: History, { step, outcome, seqBefore, seqAfter }: Happening, place: number): Meter | null {
  const limit = history.limitAt(place);
  if (limit === null || (step.do !== "refund" && step.do !== "limit" && step.do !== "topup")) return null;
  const said = words().meters;
  const before = history.balancesAt(seqBefore).available + limit;
  const after = history.balancesAt(seqAfter).available + limit;
  const parts: Part[] = [{ kind: "before", label: said.spendable, amount: before }];
  const isPassed = outcome.kind === "refused" && outcome.refusal.code === "balance_insufficient";
  if (isPassed && step.do === "refund") parts.push({ kind: "refused", label: said.asked, amount: history.askedBy(step.request, seqAfter) ?? 0n });
  else parts.push({ kind: "left", label: said.leftOfLimit, amount: after });
  return { id: "limit", title: said.limit, note: said.floor(formatMinor(-limit, history.book.currency.exponent)), parts, isPassed };
}

function payoutMeter(history: History, { step, outcome, seqBefore }: Happening): Meter | null {
  if (step.do !== "payout" || outcome.kind !== "refused") return null;
  const said = words().meters;
  const { available } = history.balancesAt(seqBefore);
  const asked = BigInt(step.amount);
  const parts: Part[] = [
    { kind: "left", label: said.available, amount: available },
    { kind: "refused", label: said.asked, amount: asked },
    { kind: "before", label: said.missing, amount: asked - (available > 0n ? available : 0n) },
  ];
  return { id: "payout", title: said.payout, note: "", parts, isPassed: true };
}
