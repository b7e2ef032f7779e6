// Downloads: the ledger's file, and its journal as a table.

import type { App } from "./app";
import { plainMinor } from "./money";

/** The SQLite file, which `sqlite3` and the native library open. */
export function saveFile({ history, mode }: App): void {
  save(new Blob([history.book.bytes()], { type: "application/vnd.sqlite3" }), `${mode}.refundry`);
}

const COLUMNS = ["entry", "line", "cause", "source", "reverses", "effectiveAt", "recordedAt", "debit", "credit", "amount", "currency", "hash"];

/** One row a posting. */
export function saveCsv({ history, mode }: App): void {
  const { exponent } = history.book.currency;
  const rows = history.entries.flatMap((entry) =>
    entry.postings.map(({ debit, credit, amount, currency }, line) => {
      const major = plainMinor(BigInt(amount), exponent);
      return [entry.id, line + 1, entry.cause, entry.source, entry.reverses ?? "", entry.effectiveAt, entry.recordedAt, debit, credit, major, currency, entry.hash];
    }),
  );
  const text = [COLUMNS, ...rows].map((row) => row.join(",")).join("\r\n");
  save(new Blob([text, "\r\n"], { type: "text/csv;charset=utf-8" }), `${mode}-journal.csv`);
}

/** What was asked, as a scenario: anybody who asks the same with the same seed gets the same. */
export function saveSteps({ history, scenario, title, lead, merchant, mode, at }: App): void {
  const { book, happenings } = history;
  const named = mode === "days" || mode === "hand" ? { title, lead } : { title: scenario.title, lead: scenario.lead };
  const head = { ...named, merchant, currency: book.currency.code, seed: book.seed, focus: Math.max(0, at) };
  const fields = Object.entries(head).map(([name, value]) => `  "${name}": ${JSON.stringify(value)},\n`);
  const steps = happenings.map(({ step }) => `    ${JSON.stringify(step)}`).join(",\n");
  const text = `{\n${fields.join("")}  "steps": [\n${steps}\n  ]\n}\n`;
  save(new Blob([text], { type: "application/json" }), `${mode}.json`);
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
