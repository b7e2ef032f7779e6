// Everything that happened to the open book, read from the ledger as it happens, so that the page
// can show any earlier place without asking for the whole journal again.

import { ACCOUNTS, UNSTATED } from "./accounts";
import { noBalances, type Account, type BalanceTransaction, type Balances, type JournalEntry, type OpenBook, type Posting, type RefundRequest } from "./ledger";
import { perform, type Happening, type Step } from "./step";
import { Track } from "./track";

/** One side of one posting, as it stands in an account. */
export interface Side {
  seq: number;
  isDebit: boolean;
  amount: bigint;
  other: Account;
}

/** What had been given back of a charge after an entry. */
interface GivenBack {
  seq: number;
  refunded: bigint;
  disputed: bigint;
}

/** Causes of entries that change what is left of a charge. */
const GIVES_BACK = new Set<JournalEntry["cause"]>(["refund", "refund_failure", "dispute", "dispute_won"]);

export class History {
  readonly book: OpenBook;
  readonly happenings: Happening[] = [];
  readonly entries: JournalEntry[] = [];
  /** What the chart draws. */
  readonly track = new Track();
  /** The balances after each entry; the first are those of the empty book. */
  readonly #balances: Balances[] = [noBalances()];
  /** What had been refunded, without refunds that came back, after each entry. */
  readonly #refunded: bigint[] = [0n];
  readonly #sides = new Map<Account, Side[]>(ACCOUNTS.map(({ account }) => [account, []]));
  readonly #maturity = new Map<string, number>();
  /** By the number of a charge's entry: what was given back of it, oldest first. */
  readonly #givenBack = new Map<number, GivenBack[]>();
  /** Under each payment intent its charge, and the entry of each charge. */
  readonly #chargeOf = new Map<string, string>();
  readonly #entryOf = new Map<string, number>();
  readonly #lines: number[] = [];
  readonly #counts = new Map<Step["do"], number>();
  /** The limit from a happening on, oldest first. */
  readonly #limits: { place: number; limit: bigint | null }[] = [];

  constructor(book: OpenBook) {
    this.book = book;
  }

  /** Does one step and reads the entries that it made. */
  add(step: Step): Happening {
    const happening = perform(this.book, this.happenings, step, this.last);
    if (happening.seqAfter > this.last) {
      for (const entry of this.book.entriesAfter(this.entries.at(-1))) this.#read(entry);
    }
    this.#note(happening);
    return happening;
  }

  get last(): number {
    return this.entries.length;
  }

  entry(seq: number): JournalEntry | undefined {
    return this.entries[seq - 1];
  }

  entryById(id: string): JournalEntry | undefined {
    return this.entry(Number(id.slice("je_".length)));
  }

  balancesAt(seq: number): Balances {
    return this.#balances[seq] ?? noBalances();
  }

  refundedAt(seq: number): bigint {
    return this.#refunded[seq] ?? 0n;
  }

  /** Whether any entry moved an account. */
  isUsed(account: Account): boolean {
    return (this.#sides.get(account)?.length ?? 0) > 0;
  }

  /** What moved an account up to an entry: the last few sides of it, of no entry only a part. */
  sidesAt(account: Account, seq: number, few: number): Side[] {
    const sides = this.#sides.get(account) ?? [];
    const end = countUntil(sides, (side) => side.seq <= seq);
    let from = Math.max(0, end - few);
    while (from > 0 && sides[from - 1]?.seq === sides[from]?.seq) from -= 1;
    return sides.slice(from, end);
  }

  /** The entry at which a charge's funds became available, if they have. */
  maturityOf(charge: string): number | undefined {
    return this.#maturity.get(charge);
  }

  /** The charge that a step names, by itself or by its payment intent. */
  chargeNamed({ chargeId, paymentIntentId }: { chargeId?: string | null | undefined; paymentIntentId?: string | null | undefined }): string | undefined {
    const charge = chargeId ?? this.#chargeOf.get(paymentIntentId ?? "");
    return charge !== undefined && this.#entryOf.has(charge) ? charge : undefined;
  }

  /** What was refunded and disputed of a charge as of an entry. */
  givenBackAt(charge: string, seq: number): { refunded: bigint; disputed: bigint } {
    const changes = this.#givenBack.get(this.#entryOf.get(charge) ?? 0) ?? [];
    return changes[countUntil(changes, (change) => change.seq <= seq) - 1] ?? { refunded: 0n, disputed: 0n };
  }

  /** What is left of a charge to give back as of an entry. */
  leftOf(charge: string, seq: number): bigint {
    const { refunded, disputed } = this.givenBackAt(charge, seq);
    return BigInt(this.book.chargeById(charge).amountCaptured) - refunded - disputed;
  }

  /** What a refund asks for: without an amount all that is left; null if the book has no such charge. */
  askedBy(request: RefundRequest, seq: number): bigint | null {
    if (request.amount !== undefined) return BigInt(request.amount);
    const charge = this.chargeNamed(request);
    return charge === undefined ? null : this.leftOf(charge, seq);
  }

  /** How far below zero refunds may take the available balance, as of a happening; null without a limit. */
  limitAt(place: number): bigint | null {
    return this.#limits[countUntil(this.#limits, (limit) => limit.place <= place) - 1]?.limit ?? null;
  }

  /** The place in `happenings` of what made an entry. */
  happeningAt(seq: number): number {
    if (seq === 0) return -1;
    const place = countUntil(this.happenings, ({ seqAfter }) => seqAfter < seq);
    return place < this.happenings.length ? place : -1;
  }

  /** How many steps of a kind asked for something, to number the next. */
  count(kind: Step["do"]): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** The refunds made by hand or scenario that have not come back: where they happened. */
  standingRefunds(): { place: number; charge: string; amount: string }[] {
    const back = new Set(this.happenings.flatMap(({ step, outcome }) => (step.do === "fail" && outcome.kind === "recorded" ? [step.ofStep] : [])));
    return this.happenings.flatMap(({ step, outcome }, place) => {
      if (step.do !== "refund" || outcome.kind !== "recorded" || back.has(place)) return [];
      const { chargeId = "", amount } = outcome.value;
      return [{ place, charge: chargeId, amount }];
    });
  }

  /** How many lines the statement has as of an entry. */
  linesAt(seq: number): number {
    return countUntil(this.#lines, (line) => line <= seq);
  }

  /** Some lines of the statement as of an entry, oldest first. */
  lines(from: number, to: number, seq: number): BalanceTransaction[] {
    return this.#lines.slice(from, to).map((line) => {
      const stated = this.book.line(`bt_${line}`);
      // Earlier on, what matured later was still pending.
      const isPending = stated.type === "charge" && (this.maturityOf(stated.source) ?? 0) > seq;
      return isPending ? { ...stated, status: "pending" } : stated;
    });
  }

  #note(happening: Happening): void {
    const { step, outcome } = happening;
    this.happenings.push(happening);
    this.#counts.set(step.do, this.count(step.do) + 1);
    if (step.do === "charge" && step.intent && outcome.kind === "recorded") this.#chargeOf.set(step.intent, step.id);
    if (step.do === "limit" && outcome.kind === "set") {
      this.#limits.push({ place: this.happenings.length - 1, limit: step.limit === null ? null : BigInt(step.limit) });
    }
  }

  #read(entry: JournalEntry): void {
    const balances = { ...this.balancesAt(entry.seq - 1) };
    for (const posting of entry.postings) this.#post(entry.seq, posting, balances);
    this.#balances.push(balances);
    const amount = BigInt(entry.postings[0]?.amount ?? "0");
    const sign = entry.cause === "refund" ? 1n : entry.cause === "refund_failure" ? -1n : 0n;
    const refunded = this.refundedAt(entry.seq - 1) + sign * amount;
    this.#refunded.push(refunded);
    this.track.add(Date.parse(entry.recordedAt), balances, refunded);
    if (entry.cause === "charge") this.#entryOf.set(entry.source, entry.seq);
    if (entry.cause === "maturity") this.#maturity.set(entry.source, entry.seq);
    if (!UNSTATED.has(entry.cause)) this.#lines.push(entry.seq);
    this.entries.push(entry);
    this.#giveBack(entry, amount);
  }

  /** Notes what an entry gave back of a charge, or brought back to it. */
  #giveBack({ cause, seq, reverses }: JournalEntry, amount: bigint): void {
    const reversed = reverses ? this.entryById(reverses) : undefined;
    if (!reversed || !GIVES_BACK.has(cause)) return;
    const isBack = cause === "refund_failure" || cause === "dispute_won";
    const charge = isBack ? this.entryById(reversed.reverses ?? "")?.seq : reversed.seq;
    if (charge === undefined) return;
    const changes = this.#givenBack.get(charge) ?? [];
    const { refunded, disputed } = changes.at(-1) ?? { refunded: 0n, disputed: 0n };
    const signed = isBack ? -amount : amount;
    const isRefund = cause === "refund" || cause === "refund_failure";
    changes.push({ seq, refunded: refunded + (isRefund ? signed : 0n), disputed: disputed + (isRefund ? 0n : signed) });
    this.#givenBack.set(charge, changes);
  }

  #post(seq: number, posting: Posting, balances: Balances): void {
    const amount = BigInt(posting.amount);
    for (const { account, growsByDebit } of ACCOUNTS) {
      const isDebit = account === posting.debit;
      if (!isDebit && account !== posting.credit) continue;
      balances[account] += growsByDebit === isDebit ? amount : -amount;
      const other = isDebit ? posting.credit : posting.debit;
      this.#sides.get(account)?.push({ seq, isDebit, amount, other });
    }
  }
}

/** How many of the first elements hold, where those that hold come first. */
function countUntil<Element>(elements: readonly Element[], holds: (element: Element) => boolean): number {
  let [low, high] = [0, elements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(elements[middle] as Element)) low = middle + 1;
    else high = middle;
  }
  return low;
}
