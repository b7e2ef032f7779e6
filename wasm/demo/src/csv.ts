// The journal as a table: one row a posting.

import type { JournalEntry } from "./ledger";
import { plainMinor } from "./money";

const COLUMNS = ["entry", "line", "cause", "source", "reverses", "effectiveAt", "recordedAt", "debit", "credit", "amount", "currency", "hash"];

export function csvHead(): string {
  return `${COLUMNS.join(",")}\r\n`;
}

/** The rows of an entry; no field has anything that would need quotes. */
export function csvRows(entry: JournalEntry, exponentOf: (currency: string) => number): string {
  return entry.postings
    .map(({ debit, credit, amount, currency }, line) => {
      const major = plainMinor(BigInt(amount), exponentOf(currency));
      const row = [entry.id, line + 1, entry.cause, entry.source, entry.reverses ?? "", entry.effectiveAt, entry.recordedAt, debit, credit, major, currency, entry.hash];
      return `${row.join(",")}\r\n`;
    })
    .join("");
}
