// Everything that happened to the open book, read from the ledger as it happens, so that the page
// can show any earlier place without asking for the whole journal again.

import { ACCOUNTS } from "./accounts";
import { noBalances, type Account, type Balances, type JournalEntry, type OpenBook, type Posting, type BalanceTransaction } from "./ledger";
import { perform, type Happening, type Step } from "./step";

/** One side of one posting, as it stands in an account. */
export interface Side {
  seq: number;
  isDebit: boolean;
  amount: bigint;
  other: Account;
}

export class History {
  readonly book: OpenBook;
  readonly happenings: Happening[] = [];
  readonly entries: JournalEntry[] = [];
  /** The balances after each entry; the first are those of the empty book. */
  readonly #balances: Balances[] = [noBalances()];
  /** What had been refunded, without refunds that came back, after each entry. */
  readonly #refunded: bigint[] = [0n];
  readonly #sides = new Map<Account, Side[]>(ACCOUNTS.map(({ account }) => [account, []]));
  readonly #maturity = new Map<string, number>();
  #statement: { asOf: string; lines: BalanceTransaction[] } = { asOf: "", lines: [] };

  constructor(book: OpenBook) {
    this.book = book;
  }

  /** Does one step and reads the entries that it made. */
  add(step: Step): Happening {
    const happening = perform(this.book, this.happenings, step);
    this.happenings.push(happening);
    for (const entry of this.book.entriesAfter(this.entries.at(-1))) this.#read(entry);
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

  /** What moved an account up to an entry: the last few sides of it, of no entry only a part. */
  sidesAt(account: Account, seq: number, few: number): Side[] {
    const sides = this.#sides.get(account) ?? [];
    let [low, high] = [0, sides.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sides[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    let from = Math.max(0, low - few);
    while (from > 0 && sides[from - 1]?.seq === sides[from]?.seq) from -= 1;
    return sides.slice(from, low);
  }

  /** The entry at which a charge's funds became available, if they have. */
  maturityOf(charge: string): number | undefined {
    return this.#maturity.get(charge);
  }

  /** The place in `happenings` of what made an entry. */
  happeningAt(seq: number): number {
    return this.happenings.findIndex(({ seqAfter }) => seqAfter >= seq && seq > 0);
  }

  /** How many steps of a kind asked for something, to number the next. */
  count(kind: Step["do"]): number {
    return this.happenings.filter(({ step }) => step.do === kind).length;
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

  /** The statement as of an entry, oldest line first. */
  linesAt(seq: number): BalanceTransaction[] {
    const asOf = `${this.last}/${this.book.now}`;
    if (this.#statement.asOf !== asOf) this.#statement = { asOf, lines: this.book.statement() };
    const lines = this.#statement.lines;
    if (seq === this.last) return lines;
    // Earlier on, what matured later was still pending.
    return lines
      .filter(({ id }) => Number(id.slice("bt_".length)) <= seq)
      .map((line) => ((this.maturityOf(line.source) ?? 0) > seq && line.type === "charge" ? { ...line, status: "pending" } : line));
  }

  #read(entry: JournalEntry): void {
    const balances = { ...this.balancesAt(entry.seq - 1) };
    for (const posting of entry.postings) this.#post(entry.seq, posting, balances);
    this.#balances.push(balances);
    const amount = entry.postings.reduce((sum, posting) => sum + BigInt(posting.amount), 0n);
    const sign = entry.cause === "refund" ? 1n : entry.cause === "refund_failure" ? -1n : 0n;
    this.#refunded.push(this.refundedAt(entry.seq - 1) + sign * amount);
    if (entry.cause === "maturity") this.#maturity.set(entry.source, entry.seq);
    this.entries.push(entry);
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
