// A step: one thing asked of the ledger at one moment. Scenarios, simulated days and buttons all
// speak in steps, so that the native library can be asked the same.

import type { Text } from "./language";
import { refusalOf, type Answer, type DisputeReason, type OpenBook, type PayoutOutcome, type Refusal, type RefundRequest } from "./ledger";

export type Step = { at: string; note?: Text } & Deed;

export type Deed =
  | { do: "charge"; id: string; amount: string; fee: string; availableOn: string; intent?: string }
  | { do: "refund"; request: RefundRequest; key?: string }
  /** The card's bank sent back the refund that an earlier step made. */
  | { do: "fail"; ofStep: number }
  | { do: "release" }
  | { do: "payout" | "topup" | "settlement" | "adjustment"; id: string; amount: string; description?: string }
  | { do: "dispute"; id: string; chargeId: string; amount: string; fee?: string; reason?: DisputeReason }
  | { do: "win"; dispute: string; returnFee: boolean }
  | { do: "lose"; dispute: string }
  | { do: "conclude"; payout: string; outcome: PayoutOutcome }
  | { do: "limit"; limit: string | null };

export type Outcome =
  | { kind: "recorded"; value: Answer }
  | { kind: "replayed"; value: Answer }
  | { kind: "released"; charges: number }
  | { kind: "set" }
  | { kind: "refused"; refusal: Refusal };

/** What was asked, what came of it, and where the book ended before and after. */
export interface Happening {
  step: Step;
  outcome: Outcome;
  seqBefore: number;
  seqAfter: number;
}

/** Asks the ledger. A refusal is an outcome; anything else that goes wrong is thrown. */
export function perform(book: OpenBook, earlier: readonly Happening[], step: Step, seqBefore: number): Happening {
  book.setNow(Date.parse(step.at));
  let outcome: Outcome;
  try {
    outcome = ask(book, earlier, step);
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    outcome = { kind: "refused", refusal };
  }
  return { step, outcome, seqBefore, seqAfter: book.seq() };
}

function ask(book: OpenBook, earlier: readonly Happening[], step: Step): Outcome {
  switch (step.do) {
    case "charge":
      return recorded(book.charge(step));
    case "refund":
      return recorded(book.refund(step.request, step.key));
    case "fail":
      return recorded(book.failRefund(refundMadeBy(earlier[step.ofStep])));
    case "release":
      return { kind: "released", charges: book.release(Date.parse(step.at)) };
    case "payout":
    case "topup":
    case "settlement":
    case "adjustment":
      return recorded(book.transfer(step.do, step));
    case "dispute":
      return recorded(book.openDispute(step));
    case "win":
      return recorded(book.winDispute(step.dispute, step.returnFee));
    case "lose":
      return recorded(book.loseDispute(step.dispute));
    case "conclude":
      return recorded(book.concludePayout(step.payout, step.outcome));
    case "limit":
      book.setLimit(step.limit);
      return { kind: "set" };
  }
}

function recorded(answer: Answer): Outcome {
  return { kind: answer.replayed ? "replayed" : "recorded", value: answer };
}

function refundMadeBy(happening: Happening | undefined): string {
  if (happening?.outcome.kind !== "recorded") throw new Error("the step named made no refund");
  return happening.outcome.value.id;
}
