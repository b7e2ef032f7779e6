// What the worker keeps of every entry, so that lists, searches and the chart need not read the book again.

import type { Account, JournalEntry } from "refundry/full";
import { ACCOUNTS, UNSTATED } from "../accounts";
import type { Points } from "./questions";

/** Causes of entries that are looked for by what they are about. */
const LOOKED_FOR = new Set<JournalEntry["cause"]>(["charge", "handed_over", "taken_over"]);
/** The chart has at most about twice as many points. */
const POINTS = 1500;
const DAY = 86_400_000;

type Balances = Record<Account, bigint>;

/** The points of one currency, and where its balances stand so far. */
interface Course {
  balances: Balances;
  refunded: bigint;
  points: { seq: number; time: number; available: number; pending: number; fees: number; refunds: number }[];
}

export class BookIndex {
  /** How many entries have been read. */
  length = 0;
  readonly statement: number[] = [];
  readonly refunds: number[] = [];
  readonly #times: Float64Array;
  readonly #amounts: BigInt64Array;
  readonly #currencies: string[] = [];
  readonly #currencyOf: Uint8Array;
  readonly #entryOf = new Map<string, number>();
  readonly #courses = new Map<string, Course>();
  readonly #stride: number;

  constructor(entries: number) {
    this.#times = new Float64Array(entries);
    this.#amounts = new BigInt64Array(entries);
    this.#currencyOf = new Uint8Array(entries);
    this.#stride = Math.max(1, Math.floor(entries / POINTS));
  }

  add(entry: JournalEntry): void {
    const place = this.length;
    const [first] = entry.postings;
    this.#times[place] = Date.parse(entry.effectiveAt);
    this.#amounts[place] = BigInt(first?.amount ?? "0");
    if (first) this.#currencyOf[place] = this.#numberOf(first.currency);
    if (LOOKED_FOR.has(entry.cause)) this.#entryOf.set(entry.source, entry.seq);
    if (entry.cause === "refund") this.refunds.push(entry.seq);
    if (!UNSTATED.has(entry.cause)) this.statement.push(entry.seq);
    this.length += 1;
    if (first) this.#follow(entry, first.currency);
  }

  /** The entry that made a charge or a hand-over. */
  entryOf(id: string): number | undefined {
    return this.#entryOf.get(id);
  }

  /** The entries whose first posting moved an amount. */
  ofAmount(amount: bigint, currency: string): number[] {
    const number = this.#currencies.indexOf(currency);
    return this.#where((place) => this.#amounts[place] === amount && this.#currencyOf[place] === number);
  }

  /** The entries that took effect on a day, which begins at this moment. */
  ofDay(day: number): number[] {
    return this.#where((place) => (this.#times[place] as number) >= day && (this.#times[place] as number) < day + DAY);
  }

  points(currency: string): Points {
    const points = this.#courses.get(currency)?.points ?? [];
    const column = (name: keyof (typeof points)[number]) => Float64Array.from(points, (point) => point[name]);
    return {
      length: points.length,
      seqs: column("seq"),
      times: column("time").map((time, place, times) => (times[place] = Math.max(time, times[place - 1] ?? time))),
      available: column("available"),
      pending: column("pending"),
      fees: column("fees"),
      refunds: column("refunds"),
    };
  }

  #where(holds: (place: number) => boolean): number[] {
    const seqs: number[] = [];
    for (let place = 0; place < this.length; place += 1) if (holds(place)) seqs.push(place + 1);
    return seqs;
  }

  #numberOf(currency: string): number {
    const known = this.#currencies.indexOf(currency);
    return known >= 0 ? known : this.#currencies.push(currency) - 1;
  }

  #follow(entry: JournalEntry, currency: string): void {
    const course = this.#courses.get(currency) ?? { balances: noBalances(), refunded: 0n, points: [] };
    this.#courses.set(currency, course);
    for (const { debit, credit, amount } of entry.postings) {
      for (const { account, growsByDebit } of ACCOUNTS) {
        if (account === debit) course.balances[account] += growsByDebit ? BigInt(amount) : -BigInt(amount);
        if (account === credit) course.balances[account] += growsByDebit ? -BigInt(amount) : BigInt(amount);
      }
    }
    const amount = BigInt(entry.postings[0]?.amount ?? "0");
    course.refunded += entry.cause === "refund" ? amount : entry.cause === "refund_failure" ? -amount : 0n;
    if (entry.seq % this.#stride !== 0 && this.length < this.#times.length && course.points.length > 0) return;
    const { available, pending, fees } = course.balances;
    course.points.push({ seq: entry.seq, time: Date.parse(entry.recordedAt), available: Number(available), pending: Number(pending), fees: Number(fees), refunds: Number(course.refunded) });
  }
}

function noBalances(): Balances {
  return { pending: 0n, available: 0n, payout_transit: 0n, clearing: 0n, bank: 0n, fees: 0n, losses: 0n };
}
