// The worker that has the opened ledger: a copy of the file in memory, which nothing is written to.

import { Ledger, type Book, type JournalEntry } from "refundry/full";
import { UNSTATED } from "../accounts";
import { BookIndex } from "./book-index";
import type { BookSummary, Detail, Question, Questions, Row, Said, Selection } from "./questions";
import { find } from "./search";

/** How many entries are read before others may ask. */
const SLICE = 400;

let ledger: Ledger | null = null;
let book: Book | null = null;
let summary: BookSummary | null = null;
let index = new BookIndex(0);
let reading: symbol | null = null;
/** What the last search found, so that its rows are not searched for again. */
let found: { text: string; at: number; seqs: number[] } = { text: "", at: -1, seqs: [] };
let summaries: BookSummary[] = [];

const say = (said: Said) => postMessage(said);

const answers: { [Name in keyof Questions]: (...args: Parameters<Questions[Name]>) => ReturnType<Questions[Name]> | Promise<ReturnType<Questions[Name]>> } = {
  async open(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const opened = await Ledger.fromBytes(bytes);
    reading = null;
    ledger?.free();
    ledger = opened;
    summaries = opened.merchants().map((merchant) => summaryOf(opened, opened.book(merchant.id)));
    return summaries;
  },
  choose(merchantId) {
    book = open().book(merchantId);
    summary = summaries.find(({ merchant }) => merchant.id === merchantId) ?? null;
    index = new BookIndex(summary?.entries ?? 0);
    found = { text: "", at: -1, seqs: [] };
    void readAll(book, index, summary?.entries ?? 0);
    return null;
  },
  count: (selection) => seqsOf(selection)?.length ?? summary?.entries ?? 0,
  rows(selection, from, to) {
    const seqs = seqsOf(selection)?.slice(from, to);
    const entries = seqs ? seqs.map((seq) => chosen().journalEntry(`je_${seq}`)) : entriesBetween(from, to);
    return entries.map((entry): Row => ({ entry, line: selection.kind === "statement" ? lineOf(entry) : null }));
  },
  detail(seq): Detail {
    const entry = chosen().journalEntry(`je_${seq}`);
    const balances = (at: number) => (at === 0 ? [] : chosen().trialBalance({ seq: at }));
    return { entry, line: lineOf(entry), object: objectOf(entry), before: balances(seq - 1), after: balances(seq) };
  },
  points: (currency) => index.points(currency),
  verify() {
    const { books, entries } = open().verify({ progress: ({ entries, total }) => say({ progress: "verify", done: entries, total }) });
    return { books, entries };
  },
  export(format) {
    const pieces: Blob[] = [];
    // A piece that the browser has taken over is no longer in this worker's memory.
    chosen().export(format, (piece) => pieces.push(new Blob([piece])));
    return new Blob(pieces, { type: format.startsWith("csv") ? "text/csv;charset=utf-8" : "text/plain;charset=utf-8" });
  },
  statement: (month, language) => new Blob([chosen().statement({ format: "html", month, language })], { type: "text/html;charset=utf-8" }),
};

onmessage = async ({ data: { id, name, args } }: MessageEvent<Question>) => {
  try {
    const answer = answers[name] as (...args: unknown[]) => unknown;
    say({ id, value: await answer(...args) });
  } catch (error) {
    say({ id, problem: error instanceof Error ? error.message : String(error) });
  }
};

function open(): Ledger {
  if (!ledger) throw new Error("no ledger is open");
  return ledger;
}

function chosen(): Book {
  if (!book) throw new Error("no book is chosen");
  return book;
}

function summaryOf(from: Ledger, of: Book): BookSummary {
  const { seq, hash } = of.head();
  const balances = of.balances();
  const exponents = Object.fromEntries(balances.map(({ currency }) => [currency, from.exponent(currency) ?? 0]));
  return { merchant: of.merchant(), entries: seq, head: hash, balances, exponents };
}

function exponentOf(currency: string): number {
  return summary?.exponents[currency] ?? 0;
}

/** The entries' numbers of a selection; null for all. */
function seqsOf(selection: Selection): readonly number[] | null {
  switch (selection.kind) {
    case "journal":
      return null;
    case "statement":
      return index.statement;
    case "refunds":
      return index.refunds;
    case "found": {
      const text = `${selection.currency} ${selection.text}`;
      if (found.text !== text || found.at !== index.length) {
        found = { text, at: index.length, seqs: find(chosen(), index, selection.text, selection.currency, exponentOf(selection.currency)) };
      }
      return found.seqs;
    }
  }
}

/** Some entries by their places: the one before tells the head to go on from. */
function entriesBetween(from: number, to: number): JournalEntry[] {
  const before = from === 0 ? null : chosen().journalEntry(`je_${from}`);
  return chosen().journalEntriesAfter(before, to - from);
}

function lineOf({ seq, cause }: JournalEntry) {
  return UNSTATED.has(cause) ? null : chosen().balanceTransaction(`bt_${seq}`);
}

function objectOf({ source }: JournalEntry): unknown {
  if (source.startsWith("ch_")) return chosen().charge(source);
  if (source.startsWith("re_")) return chosen().postedRefund(source);
  if (source.startsWith("ho_")) return chosen().handover(source);
  return source.startsWith("dp_") ? chosen().dispute(source) : chosen().transfer(source);
}

/** Reads every entry of a book once, in slices, until another is chosen. */
async function readAll(of: Book, into: BookIndex, total: number): Promise<void> {
  const mine = Symbol("reading");
  reading = mine;
  let last: JournalEntry | null = null;
  while (reading === mine && into.length < total) {
    const entries: JournalEntry[] = of.journalEntriesAfter(last, SLICE);
    for (const entry of entries) into.add(entry);
    last = entries.at(-1) ?? last;
    say({ progress: "read", done: into.length, total });
    await new Promise((resolve) => setTimeout(resolve));
  }
}
