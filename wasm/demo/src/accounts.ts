// The chart of accounts.

import { words } from "./language";
import type { Account, Balances, JournalEntry } from "./ledger";

export interface AccountKind {
  account: Account;
  /** Whether a debit makes it grow. */
  growsByDebit: boolean;
}

/** Causes of entries that are no line of the merchant's statement, as the library has it in words/statement.rs. */
export const UNSTATED = new Set<JournalEntry["cause"]>([
  "maturity",
  "payout_paid",
  "settlement",
  "dispute_lost",
  "handed_over",
  "taken_over",
]);

/** In the order of their permanent numbers. */
export const ACCOUNTS: readonly AccountKind[] = [
  { account: "pending", growsByDebit: false },
  { account: "available", growsByDebit: false },
  { account: "payout_transit", growsByDebit: false },
  { account: "clearing", growsByDebit: true },
  { account: "bank", growsByDebit: true },
  { account: "fees", growsByDebit: false },
  { account: "losses", growsByDebit: true },
];

/** What the page calls an account. */
export function nameOf(account: Account): string {
  return words().accounts[account].name;
}

export interface TrialLine extends AccountKind {
  debit: bigint;
  credit: bigint;
}

/** Every account in the column that its balance stands in, and the columns' sums. */
export function trialLines(balances: Balances): { lines: TrialLine[]; debit: bigint; credit: bigint } {
  const lines = ACCOUNTS.map((kind): TrialLine => {
    const balance = balances[kind.account];
    const isDebit = kind.growsByDebit === balance >= 0n;
    const size = balance < 0n ? -balance : balance;
    return { ...kind, debit: isDebit ? size : 0n, credit: isDebit ? 0n : size };
  });
  return {
    lines,
    debit: lines.reduce((sum, line) => sum + line.debit, 0n),
    credit: lines.reduce((sum, line) => sum + line.credit, 0n),
  };
}
