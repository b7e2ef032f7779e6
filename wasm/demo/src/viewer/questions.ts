// What the viewer's page asks its worker, and what it is told: the ledger itself never leaves the worker.

import type { BalanceTransaction, CurrencyBalances, ExportFormat, JournalEntry, Merchant } from "refundry/full";

/** A book of the opened file. */
export interface BookSummary {
  merchant: Merchant;
  entries: number;
  head: string;
  balances: readonly CurrencyBalances[];
  /** The decimals of each currency, as this ledger has frozen them. */
  exponents: Readonly<Record<string, number>>;
}

/** What a list shows: every entry, or those of one kind, or what a search found. */
export type Selection =
  | { kind: "journal" }
  | { kind: "statement" }
  | { kind: "refunds" }
  | { kind: "found"; text: string; currency: string };

/** A row of a list: the entry, and its line of the statement if that is asked for. */
export interface Row {
  entry: JournalEntry;
  line: BalanceTransaction | null;
}

/** All that is known of one entry. */
export interface Detail {
  entry: JournalEntry;
  line: BalanceTransaction | null;
  /** The charge, refund, dispute or transfer that it is about. */
  object: unknown;
  before: readonly CurrencyBalances[];
  after: readonly CurrencyBalances[];
}

/** The chart's points, no more than can be seen. */
export interface Points {
  length: number;
  seqs: Float64Array;
  times: Float64Array;
  available: Float64Array;
  pending: Float64Array;
  fees: Float64Array;
  refunds: Float64Array;
}

export interface Questions {
  open: (file: File) => BookSummary[];
  /** Chooses the book that everything else is asked of. */
  choose: (merchantId: string) => null;
  /** How many rows a selection has. */
  count: (selection: Selection) => number;
  rows: (selection: Selection, from: number, to: number) => Row[];
  detail: (seq: number) => Detail;
  points: (currency: string) => Points;
  verify: () => { books: number; entries: number };
  /** The book in a format that other programs read. */
  export: (format: ExportFormat) => Blob;
  /** A month's statement as a page for print. */
  statement: (month: string, language: "en" | "ar") => Blob;
}

export type Name = keyof Questions;
export type Question = { id: number; name: Name; args: unknown[] };

/** What the worker says: an answer, or how far it has come. */
export type Said =
  | { id: number; value: unknown }
  | { id: number; problem: string }
  | { progress: "read" | "verify"; done: number; total: number };
