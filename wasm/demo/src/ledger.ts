// The one module that knows the npm package: it opens a real ledger in memory and turns the
// page's words into the package's calls. No rule and no sum of the ledger is made here.

import {
  Ledger,
  RefundryError,
  RemoteLedger,
  load,
  type Account,
  type BalanceTransaction,
  type Book,
  type Charge,
  type CurrencyBalances,
  type DisputeReason,
  type JournalEntry,
  type PayoutOutcome,
  type Recorded,
  type RefundRequest,
  type Transfer,
  type TransferKind,
} from "refundry/full";
import type { Currency } from "./money";

export type { Account, BalanceTransaction, Charge, DisputeReason, JournalEntry, PayoutOutcome, Posting, RefundRequest } from "refundry/full";

export type Balances = Record<Account, bigint>;

/** What the ledger answered: the object in the API's shape. */
export type Answer = Recorded<{ readonly id: string; readonly amount: string; readonly chargeId?: string }>;

/** What the ledger said when it refused. */
export type Refusal = Pick<RefundryError, "code" | "message" | "param" | "refundable" | "spendable" | "replayed">;

/** How a check of the whole ledger ended. */
export type Check = { isSound: true; entries: number } | { isSound: false; problem: string };

export interface BookOptions {
  merchant: { id: string; name: string };
  currency: string;
  seed: number;
  /** What the clock says first, in milliseconds since 1970. */
  now: number;
}

/** What is asked of the ledger at most at once. */
const PAGE = 100;

/** A book of more entries is checked in a worker: the page may not stand still for it. */
const CHECKED_HERE = 2_000;

/** Loads the WebAssembly module, before anything needs it. */
export async function loadLedger(): Promise<void> {
  await load();
}

export function noBalances(): Balances {
  return { pending: 0n, available: 0n, payout_transit: 0n, clearing: 0n, bank: 0n, fees: 0n, losses: 0n };
}

/** What the ledger refused, if that is what went wrong. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof RefundryError) || error.code === "api_error") return null;
  const { code, message, param, refundable, spendable, replayed } = error;
  return { code, message, ...(param && { param }), ...(refundable && { refundable }), ...(spendable && { spendable }), replayed };
}

let opened = 0;

/** One merchant's book in a ledger of its own, and the clock that the page sets for it. */
export class OpenBook {
  /** Tells one open book from another. */
  readonly id = (opened += 1);
  readonly currency: Currency;
  readonly seed: number;
  #now: number;
  readonly #ledger: Ledger;
  readonly #book: Book;
  /** The balances asked for last: many parts of the page show the same place. */
  #asOf: { seq: number; balances: Balances } | null = null;

  private constructor(ledger: Ledger, { merchant, currency, seed, now }: BookOptions) {
    this.#ledger = ledger;
    this.#now = now;
    this.seed = seed;
    ledger.createMerchant(merchant);
    this.#book = ledger.book(merchant.id);
    this.currency = { code: currency, exponent: ledger.exponent(currency) ?? 0 };
  }

  static async open(options: BookOptions): Promise<OpenBook> {
    const ledger = await Ledger.inMemory({ clock: new Date(options.now), seed: options.seed });
    return new OpenBook(ledger, options);
  }

  close(): void {
    this.#ledger.free();
  }

  get now(): number {
    return this.#now;
  }

  setNow(now: number): void {
    this.#now = now;
    this.#ledger.setClock(new Date(now));
  }

  /** Makes the calls of `work` in one commit. */
  together(work: () => void): void {
    this.#ledger.batch(work);
  }

  /** Makes a charge, under a payment intent of the same amount if one is named. */
  charge({ id, amount, fee, availableOn, intent }: { id: string; amount: string; fee: string; availableOn: string; intent?: string }): Answer {
    const currency = this.currency.code;
    if (intent) this.#book.createPaymentIntent({ id: intent, amount, currency });
    return this.#book.createCharge({ id, amount, fee, availableOn, currency, ...(intent && { paymentIntentId: intent }) });
  }

  refund(request: RefundRequest, key?: string): Answer {
    return this.#book.createRefund(request, key);
  }

  failRefund(id: string): Answer {
    return this.#book.failRefund(id);
  }

  /** Lets mature what is due; returns how many charges did. */
  release(now: number): number {
    return this.#book.releaseDue(new Date(now));
  }

  transfer(kind: TransferKind, { id, amount, description }: { id: string; amount: string; description?: string }): Answer {
    return this.#book.createTransfer({ id, kind, amount, currency: this.currency.code, ...(description && { description }) });
  }

  concludePayout(id: string, outcome: PayoutOutcome): Answer {
    return this.#book.concludePayout(id, outcome);
  }

  openDispute({ id, chargeId, amount, fee, reason }: { id: string; chargeId: string; amount: string; fee?: string; reason?: DisputeReason }): Answer {
    return this.#book.openDispute({ id, chargeId, amount, ...(fee && { fee }), ...(reason && { reason }) });
  }

  winDispute(id: string, returnFee: boolean): Answer {
    return this.#book.winDispute(id, returnFee);
  }

  loseDispute(id: string): Answer {
    return this.#book.loseDispute(id);
  }

  setLimit(limit: string | null): void {
    this.#book.setNegativeBalanceLimit(limit);
  }

  /** How many entries the book has. */
  seq(): number {
    return this.#book.head().seq;
  }

  /** Every entry after one, oldest first; without one, every entry. */
  entriesAfter(last: JournalEntry | undefined): JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (;;) {
      const more = this.#book.journalEntriesAfter(entries.at(-1) ?? last ?? null, PAGE);
      entries.push(...more);
      if (more.length < PAGE) return entries;
    }
  }

  balances(): Balances {
    return toBalances(this.#book.balances());
  }

  /** The trial balance as of an entry. */
  balancesAt(seq: number): Balances {
    if (this.#asOf?.seq !== seq) this.#asOf = { seq, balances: toBalances(this.#book.trialBalance({ seq })) };
    return this.#asOf.balances;
  }

  chargeById(id: string): Charge {
    return this.#book.charge(id);
  }

  /** The newest charges. */
  charges(): readonly Charge[] {
    return this.#book.charges({ limit: PAGE }).data;
  }

  /** The newest payouts that can still be concluded. */
  openPayouts(): Transfer[] {
    const { data } = this.#book.transfers({ limit: 20 });
    return data.filter(({ status }) => status === "in_transit" || status === "paid");
  }

  /** A line of the statement. */
  line(id: string): BalanceTransaction {
    return this.#book.balanceTransaction(id);
  }

  /** Checks every entry, balance and hash; of a large book a copy, in a worker. */
  verify(entries: number, told: (check: Check) => void): void {
    if (entries > CHECKED_HERE) void checkCopy(this.bytes()).then(told, (error: unknown) => told(unsound(error)));
    else {
      try {
        told({ isSound: true, entries: this.#ledger.verify().entries });
      } catch (error) {
        told(unsound(error));
      }
    }
  }

  /** The journal as a table, in pieces. */
  journalCsv(): string[] {
    const pieces: string[] = [];
    this.#book.export("csv-journal", (piece) => pieces.push(piece));
    return pieces;
  }

  /** The ledger's SQLite file. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#ledger.toBytes();
  }
}

async function checkCopy(bytes: Uint8Array<ArrayBuffer>): Promise<Check> {
  const copy = await RemoteLedger.fromBytes(bytes);
  try {
    return { isSound: true, entries: (await copy.verify()).entries };
  } finally {
    await copy.free();
  }
}

function unsound(error: unknown): Check {
  return { isSound: false, problem: error instanceof Error ? error.message : String(error) };
}

/** The balances of the book's one currency. */
function toBalances([first]: readonly CurrencyBalances[]): Balances {
  const balances = noBalances();
  if (!first) return balances;
  for (const account of Object.keys(balances) as Account[]) balances[account] = BigInt(first.balances[account]);
  return balances;
}
