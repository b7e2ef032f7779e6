// The chart of accounts, as people call it.

import type { Account, Balances } from "./ledger";

export interface AccountWords {
  account: Account;
  name: string;
  /** What its balance means, in a few words. */
  meaning: string;
  /** Whether a debit makes it grow. */
  growsByDebit: boolean;
}

/** In the order of their permanent numbers. */
export const ACCOUNTS: readonly AccountWords[] = [
  { account: "pending", name: "Pending", meaning: "the merchant’s, matures later", growsByDebit: false },
  { account: "available", name: "Available", meaning: "the merchant’s, can be paid out", growsByDebit: false },
  { account: "payout_transit", name: "Payout in transit", meaning: "on its way to the merchant", growsByDebit: false },
  { account: "clearing", name: "Clearing", meaning: "what the acquirer owes", growsByDebit: true },
  { account: "bank", name: "Bank", meaning: "the platform’s money", growsByDebit: true },
  { account: "fees", name: "Fees", meaning: "the platform’s revenue", growsByDebit: false },
  { account: "losses", name: "Losses", meaning: "what the platform gave up", growsByDebit: true },
];

export function wordsOf(account: Account): AccountWords {
  return ACCOUNTS.find((words) => words.account === account) as AccountWords;
}

export interface TrialLine extends AccountWords {
  debit: bigint;
  credit: bigint;
}

/** Every account in the column that its balance stands in, and the columns' sums. */
export function trialLines(balances: Balances): { lines: TrialLine[]; debit: bigint; credit: bigint } {
  const lines = ACCOUNTS.map((words): TrialLine => {
    const balance = balances[words.account];
    const isDebit = words.growsByDebit === balance >= 0n;
    const size = balance < 0n ? -balance : balance;
    return { ...words, debit: isDebit ? size : 0n, credit: isDebit ? 0n : size };
  });
  return {
    lines,
    debit: lines.reduce((sum, line) => sum + line.debit, 0n),
    credit: lines.reduce((sum, line) => sum + line.credit, 0n),
  };
}
