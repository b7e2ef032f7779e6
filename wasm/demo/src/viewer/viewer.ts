// The viewer's state, and everything that can change it.

import type { ExportFormat } from "refundry/full";
import { language, words } from "../language";
import { formatCount } from "../money";
import { save } from "../save";
import { Client } from "./client";
import type { BookSummary, Detail, Points, Selection } from "./questions";

export type List = "journal" | "statement" | "refunds" | "found";

/** How the files of journals are called. */
const ENDINGS: Partial<Record<ExportFormat, string>> = { hledger: "hledger.journal", ledger: "ledger.dat", beancount: "book.beancount" };

/** How often the chart and the lists follow while a book is read, in milliseconds. */
const GLIMPSE = 500;

export class Viewer {
  client: Client | null = null;
  fileName = "";
  books: readonly BookSummary[] = [];
  book: BookSummary | null = null;
  currency = "";
  list: List = "journal";
  /** What is searched for. */
  text = "";
  count = 0;
  detail: Detail | null = null;
  points: Points | null = null;
  axis: "entry" | "date" = "date";
  isOpening = false;
  problem = "";
  /** How many entries have been read for lists, searches and the chart. */
  read = 0;
  verifying: { done: number; total: number } | null = null;
  verdict = "";
  isSound = true;

  readonly #draw: () => void;
  /** Told when the rows of the list are others; true if it begins anew. */
  onRows: (isNew: boolean) => void = () => undefined;
  #glimpsed = 0;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  get selection(): Selection {
    return this.list === "found" ? { kind: "found", text: this.text, currency: this.currency } : { kind: this.list };
  }

  get exponent(): number {
    return this.book?.exponents[this.currency] ?? 0;
  }

  /** Opens a copy of a file in a worker; the one that was open stays if that fails. */
  async open(file: File): Promise<void> {
    this.isOpening = true;
    this.problem = "";
    this.#draw();
    const client: Client = new Client((progress) => client === this.client && this.#progress(progress));
    try {
      const books = await client.ask("open", file);
      this.client?.end();
      this.client = client;
      this.fileName = file.name;
      this.books = books;
      this.verdict = "";
      this.verifying = null;
      this.isOpening = false;
      await this.choose(books[0]?.merchant.id ?? "");
    } catch (error) {
      client.end();
      this.isOpening = false;
      this.problem = words().viewer.cantOpen(error instanceof Error ? error.message : String(error));
    }
    this.#draw();
  }

  async choose(merchantId: string): Promise<void> {
    this.book = this.books.find(({ merchant }) => merchant.id === merchantId) ?? null;
    this.currency = this.book?.balances[0]?.currency ?? "";
    this.list = "journal";
    this.text = "";
    this.detail = null;
    this.points = null;
    this.read = 0;
    if (this.book) await this.client?.ask("choose", merchantId);
    await this.#count(true);
  }

  async chooseCurrency(currency: string): Promise<void> {
    this.currency = currency;
    await this.#follow();
    this.onRows(false);
  }

  async show(list: List): Promise<void> {
    this.list = list;
    await this.#count(true);
  }

  async search(text: string): Promise<void> {
    this.text = text.trim();
    await this.show(this.text === "" ? "journal" : "found");
    if (this.list === "found" && this.count === 1) {
      const [row] = (await this.client?.ask("rows", this.selection, 0, 1)) ?? [];
      if (row) await this.look(row.entry.seq);
    }
  }

  async look(seq: number): Promise<void> {
    this.detail = (await this.client?.ask("detail", seq)) ?? null;
    this.#draw();
    this.onRows(false);
  }

  chooseAxis(axis: "entry" | "date"): void {
    this.axis = axis;
    this.#draw();
  }

  async verify(): Promise<void> {
    if (!this.client || this.verifying) return;
    this.verifying = { done: 0, total: this.books.reduce((sum, { entries }) => sum + entries, 0) };
    this.verdict = "";
    this.#draw();
    const client = this.client;
    try {
      const { entries } = await client.ask("verify");
      this.isSound = true;
      this.verdict = words().viewer.sound(entries, formatCount(entries));
    } catch (error) {
      this.isSound = false;
      this.verdict = error instanceof Error ? error.message : String(error);
    }
    this.verifying = null;
    this.#draw();
  }

  /** Saves the book in a format that other programs read. */
  async export(format: ExportFormat): Promise<void> {
    const suffix = format.startsWith("csv-") ? `${format.slice("csv-".length)}.csv` : ENDINGS[format];
    await this.#save(async (client) => client.ask("export", format), suffix ?? format);
  }

  /** Saves a month's statement as a page for print, in the page's language. */
  async saveStatement(month: string): Promise<void> {
    await this.#save(async (client) => client.ask("statement", month, language()), `statement-${month}.html`);
  }

  async #save(make: (client: Client) => Promise<Blob>, suffix: string): Promise<void> {
    if (!this.client || !this.book) return;
    this.problem = "";
    try {
      save(await make(this.client), `${this.book.merchant.id}-${suffix}`);
    } catch (error) {
      this.problem = words().viewer.cantSave(error instanceof Error ? error.message : String(error));
    }
    this.#draw();
  }

  #progress({ progress, done, total }: { progress: "read" | "verify"; done: number; total: number }): void {
    if (progress === "verify") this.verifying = { done, total };
    else this.read = done;
    const now = performance.now();
    if (now - this.#glimpsed < GLIMPSE && done < total) return;
    this.#glimpsed = now;
    if (progress === "read") void this.#follow();
    this.#draw();
  }

  /** Reads what has changed since more of the book is known. */
  async #follow(): Promise<void> {
    this.points = (await this.client?.ask("points", this.currency)) ?? null;
    if (this.list !== "journal") await this.#count(false);
    this.#draw();
  }

  async #count(isNew: boolean): Promise<void> {
    this.count = (await this.client?.ask("count", this.selection)) ?? 0;
    this.#draw();
    this.onRows(isNew);
  }
}
