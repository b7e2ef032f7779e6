// Downloads: the ledger's file, and its journal as a table.

import type { App } from "./app";

/** The SQLite file, which `sqlite3` and the native library open. */
export function saveFile({ history, mode }: App): void {
  save(new Blob([history.book.bytes()], { type: "application/vnd.sqlite3" }), `${mode}.refundry`);
}

/** The journal, as the library writes it: one row a posting. */
export function saveCsv({ history, mode }: App): void {
  save(new Blob(history.book.journalCsv(), { type: "text/csv;charset=utf-8" }), `${mode}-journal.csv`);
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

/** Hands a file to the browser's downloads. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
