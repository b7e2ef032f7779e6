// Where the money of an entry comes from and goes to: the arrows of the picture.

import type { Account, JournalEntry, Posting } from "./ledger";
import type { Step } from "./step";

/** An account, or somebody outside the ledger. */
export type Place = Account | "customer" | "merchant_bank";

export interface Move {
  from: Place;
  to: Place;
  amount: bigint;
}

/** What the entries of one step moved; several that moved between the same places are one arrow. */
export function movesOf(entries: readonly JournalEntry[]): Move[] {
  const moves = new Map<string, Move>();
  for (const move of entries.flatMap(movesOfEntry)) {
    const between = `${move.from} ${move.to}`;
    const known = moves.get(between);
    if (known) known.amount += move.amount;
    else moves.set(between, { ...move });
  }
  return [...moves.values()];
}

function movesOfEntry({ cause, postings }: JournalEntry): Move[] {
  const moves = postings.map(between);
  const amount = moves[0]?.amount ?? 0n;
  switch (cause) {
    case "charge":
    case "refund_failure":
    case "dispute_won":
      return [{ from: "customer", to: "clearing", amount }, ...moves];
    case "refund":
    case "dispute":
      return [...moves, { from: "clearing", to: "customer", amount }];
    case "payout_paid":
      return [...moves, { from: "bank", to: "merchant_bank", amount }];
    case "payout_returned":
    case "topup":
      return [{ from: "merchant_bank", to: "bank", amount }, ...moves];
    default:
      return moves;
  }
}

/** Money goes from the account debited to the one credited, but between two assets the other way. */
function between({ debit, credit, amount }: Posting): Move {
  const areAssets = isAsset(debit) && isAsset(credit);
  return { from: areAssets ? credit : debit, to: areAssets ? debit : credit, amount: BigInt(amount) };
}

function isAsset(account: Account): boolean {
  return account === "clearing" || account === "bank";
}

/** The way that a refused step's money would have gone; its amount is null if nothing is left that it could be. */
export function movesWanted(step: Step, asked: bigint | null): { from: Place; to: Place; amount: bigint | null }[] {
  switch (step.do) {
    case "refund":
    case "dispute": {
      const amount = step.do === "dispute" ? BigInt(step.amount) : asked || null;
      return [{ from: "available", to: "clearing", amount }, { from: "clearing", to: "customer", amount }];
    }
    case "payout":
      return [{ from: "available", to: "payout_transit", amount: BigInt(step.amount) }];
    default:
      return [];
  }
}
