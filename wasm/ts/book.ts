/** A merchant's book. */

import type { IssuedKey, KeyRecord } from "./answers.js";
import { invalid } from "./error.js";
import { boundText, flag, type Handle, headText, keyText, momentText, optionalText, text, wholeNumber } from "./handle.js";
import { refuseLost, toJson } from "./json.js";
import type {
  ApiKey,
  BalanceTransaction,
  Charge,
  CurrencyBalances,
  Dispute,
  Event,
  FeedPiece,
  Funds,
  Handover,
  Head,
  JournalEntry,
  List,
  Mark,
  Merchant,
  PaymentIntent,
  PostedRefund,
  Recorded,
  Refund,
  Totals,
  Transfer,
} from "./objects.js";
import type {
  AsOf,
  ChargePage,
  Conclusion,
  DisputePage,
  EventPage,
  CheckpointOptions,
  ExportFormat,
  FeedOptions,
  HandoverPage,
  Moment,
  NegativeBalanceLimit,
  NewCharge,
  NewDispute,
  NewPaymentIntent,
  NewTransfer,
  Operation,
  Page,
  PayoutOutcome,
  Period,
  RefundPage,
  RefundRequest,
  StatementPage,
  StatementRequest,
  TransferPage,
} from "./requests.js";

/**
 * One merchant's book. Every operation is one transaction: it happened, or it did not happen.
 *
 * Every operation that moves money takes an optional idempotency key: 1 to 255 visible ASCII
 * characters. Given the same key and request again, it returns the first outcome again, with
 * `replayed` true, and does nothing more.
 *
 * Every method may throw a {@link RefundryError}.
 */
export class Book {
  readonly #handle: Handle;
  /** Whose book it is. */
  readonly merchantId: string;

  /** @internal */
  constructor(handle: Handle, merchantId: string) {
    this.#handle = handle;
    this.merchantId = merchantId;
  }

  /**
   * Creates a refund of a charge, in full or in part. It is taken from the available balance at
   * once, and reverses the charge's journal entry; the platform keeps its fee.
   */
  createRefund(request: RefundRequest, idempotencyKey?: string): Recorded<Refund> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) => raw.createRefund(this.merchantId, toJson(request), key));
  }

  /**
   * Records that the card's bank sent a refund back: its amount is available again, and the charge
   * can be refunded anew.
   */
  failRefund(id: string, idempotencyKey?: string): Recorded<Refund> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) => raw.failRefund(this.merchantId, text(id, "id"), key));
  }

  /** Creates a payment intent: one purchase, which may take several charge attempts. */
  createPaymentIntent(request: NewPaymentIntent): PaymentIntent {
    return this.#handle.call((raw) => raw.createPaymentIntent(this.merchantId, toJson(request)));
  }

  /**
   * Creates a charge. One that succeeded is posted: pending grows by what was captured less the
   * fee.
   */
  createCharge(request: NewCharge, idempotencyKey?: string): Recorded<Charge> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) => raw.createCharge(this.merchantId, toJson(request), key));
  }

  /** Ends a pending charge: it succeeded, failed or was canceled. */
  concludeCharge(id: string, conclusion: Conclusion, idempotencyKey?: string): Recorded<Charge> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) =>
      raw.concludeCharge(this.merchantId, text(id, "id"), toJson(conclusion), key),
    );
  }

  /** Makes a payout, top-up, settlement or adjustment. */
  createTransfer(request: NewTransfer, idempotencyKey?: string): Recorded<Transfer> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) => raw.createTransfer(this.merchantId, toJson(request), key));
  }

  /** Records what became of a payout: in transit → paid or failed, paid → returned. */
  concludePayout(id: string, outcome: PayoutOutcome, idempotencyKey?: string): Recorded<Transfer> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) =>
      raw.concludePayout(this.merchantId, text(id, "id"), text(outcome, "outcome"), key),
    );
  }

  /**
   * Opens a dispute: the cardholder's bank has taken the amount back. It is taken from the available
   * balance at once, also while the charge's own funds are pending, and so is the fee. What is disputed
   * can't be refunded.
   */
  openDispute(request: NewDispute, idempotencyKey?: string): Recorded<Dispute> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) => raw.openDispute(this.merchantId, toJson(request), key));
  }

  /**
   * Records that the merchant won a dispute: the amount is available again and can be refunded, and so is
   * the fee, if `returnFee` is true.
   */
  winDispute(id: string, returnFee: boolean, idempotencyKey?: string): Recorded<Dispute> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) =>
      raw.winDispute(this.merchantId, text(id, "id"), flag(returnFee, "returnFee"), key),
    );
  }

  /** Records that the cardholder won. This moves nothing more, and the amount can never be refunded. */
  loseDispute(id: string, idempotencyKey?: string): Recorded<Dispute> {
    const key = keyText(idempotencyKey);
    return this.#handle.call((raw) => raw.loseDispute(this.merchantId, text(id, "id"), key));
  }

  /** A dispute by its id. */
  dispute(id: string): Dispute {
    return this.#handle.call((raw) => raw.dispute(this.merchantId, text(id, "id")));
  }

  /** A page of the disputes, newest first. */
  disputes(page: DisputePage = {}): List<Dispute> {
    return this.#handle.call((raw) => raw.disputes(this.merchantId, ...filteredPageOf(page)));
  }

  /**
   * Hands what is left to give back of a charge over to another merchant's book. From now on this book
   * refuses refunds of it, and the other one can refund it once it has taken the answer's text over. No
   * money moves. For `refundry/full`.
   */
  handOverCharge(chargeId: string, toMerchantId: string, idempotencyKey?: string): Recorded<Handover> {
    this.#handle.require("handOverCharge");
    const key = keyText(idempotencyKey);
    const [charge, to] = [text(chargeId, "chargeId"), text(toMerchantId, "toMerchantId")];
    return this.#handle.call((raw) => raw.handOverCharge(this.merchantId, charge, to, key));
  }

  /**
   * Takes over what another book has handed over to this one. The same text again does nothing more.
   * For `refundry/full`.
   */
  takeOverCharge(handoverText: string): Recorded<Handover> {
    this.#handle.require("takeOverCharge");
    return this.#handle.call((raw) => raw.takeOverCharge(this.merchantId, text(handoverText, "text")));
  }

  /**
   * Gives back what another book has handed over to this one: all that is left of the charge here. The
   * other book takes the answer's text over. For `refundry/full`.
   */
  refuseHandover(handoverText: string): Recorded<Handover> {
    this.#handle.require("refuseHandover");
    return this.#handle.call((raw) => raw.refuseHandover(this.merchantId, text(handoverText, "text")));
  }

  /** A hand-over by its id, with its text if this book handed the charge over. For `refundry/full`. */
  handover(id: string): Handover {
    this.#handle.require("handover");
    return this.#handle.call((raw) => raw.handover(this.merchantId, text(id, "id")));
  }

  /** A page of the hand-overs, newest first. For `refundry/full`. */
  handovers(page: HandoverPage = {}): List<Handover> {
    this.#handle.require("handovers");
    return this.#handle.call((raw) => raw.handovers(this.merchantId, ...filteredPageOf(page)));
  }

  /** Makes every charge of this book available that is due at `now`. Returns how many. */
  releaseDue(now: Moment): number {
    return this.#handle.call((raw) => raw.releaseDueOf(this.merchantId, momentText(now, "now")));
  }

  /** The merchant whose book this is. */
  merchant(): Merchant {
    return this.#handle.call((raw) => raw.merchant(this.merchantId));
  }

  /** Changes how far refunds may take the available balance below zero. */
  setNegativeBalanceLimit(negativeBalanceLimit: NegativeBalanceLimit): void {
    const request = toJson({ negativeBalanceLimit });
    this.#handle.call((raw) => raw.setNegativeBalanceLimit(this.merchantId, request));
  }

  /**
   * Changes whether a refund is refused whose external reference another refund has already, failed or
   * not: acquirers and tills send twice. Refunds without a reference are never refused for that.
   */
  requireUniqueReferences(required: boolean): void {
    this.#handle.call((raw) => raw.requireUniqueReferences(this.merchantId, flag(required, "required")));
  }

  /** Issues an API key. It can't be read again: only its SHA-256 is kept. For `refundry/full`. */
  issueKey(): IssuedKey {
    this.#handle.require("issueKey");
    return this.#handle.call((raw) => raw.issueKey(this.merchantId));
  }

  /** Revokes an API key by its id, for ever. For `refundry/full`. */
  revokeKey(id: string): void {
    this.#handle.require("revokeKey");
    this.#handle.call((raw) => raw.revokeKey(this.merchantId, text(id, "id")));
  }

  /** What is known of the merchant's API keys, the oldest first. For `refundry/full`. */
  keys(): ApiKey[] {
    this.#handle.require("keys");
    return this.#handle.call((raw) => raw.keys(this.merchantId));
  }

  /** A refund by its id. */
  refund(id: string): Refund {
    return this.#handle.call((raw) => raw.refund(this.merchantId, text(id, "id")));
  }

  /** A refund by its id, with its postings. */
  postedRefund(id: string): PostedRefund {
    return this.#handle.call((raw) => raw.postedRefund(this.merchantId, text(id, "id")));
  }

  /** A page of the refunds, newest first. */
  refunds(page: RefundPage = {}): List<Refund> {
    return this.#handle.call((raw) => raw.refunds(this.merchantId, ...filteredPageOf(page)));
  }

  /** A charge by its id. */
  charge(id: string): Charge {
    return this.#handle.call((raw) => raw.charge(this.merchantId, text(id, "id")));
  }

  /** A page of the charges, newest first. */
  charges(page: ChargePage = {}): List<Charge> {
    return this.#handle.call((raw) => raw.charges(this.merchantId, ...filteredPageOf(page)));
  }

  /** A payment intent by its id. */
  paymentIntent(id: string): PaymentIntent {
    return this.#handle.call((raw) => raw.paymentIntent(this.merchantId, text(id, "id")));
  }

  /** A page of the payment intents, newest first. */
  paymentIntents(page: Page = {}): List<PaymentIntent> {
    return this.#handle.call((raw) => raw.paymentIntents(this.merchantId, ...pageOf(page)));
  }

  /** A payout, top-up, settlement or adjustment by its id. */
  transfer(id: string): Transfer {
    return this.#handle.call((raw) => raw.transfer(this.merchantId, text(id, "id")));
  }

  /** A page of the payouts, top-ups, settlements and adjustments, newest first. */
  transfers(page: TransferPage = {}): List<Transfer> {
    return this.#handle.call((raw) => raw.transfers(this.merchantId, ...filteredPageOf(page)));
  }

  /** A line of the statement by its id. */
  balanceTransaction(id: string): BalanceTransaction {
    return this.#handle.call((raw) => raw.balanceTransaction(this.merchantId, text(id, "id")));
  }

  /** A page of the statement, newest first. */
  balanceTransactions(page: StatementPage = {}): List<BalanceTransaction> {
    return this.#handle.call((raw) =>
      raw.balanceTransactions(this.merchantId, ...filteredPageOf(page)),
    );
  }

  /** A journal entry with its postings, by its id. */
  journalEntry(id: string): JournalEntry {
    return this.#handle.call((raw) => raw.journalEntry(this.merchantId, text(id, "id")));
  }

  /**
   * At most `limit` journal entries after a head, the oldest first: null begins with the first, the
   * head that was noted last with the first that is new since. An entry's own `seq` and `hash` are
   * the head that it left.
   *
   * A head that the book never had is refused (`head_unknown`): the book was restored from an older
   * copy, or went another way.
   */
  journalEntriesAfter(head: Head | null, limit: number): JournalEntry[] {
    const after =
      head === null
        ? undefined
        : `${wholeNumber(head.seq, "head")}:${text(head.hash, "head")}`;
    const most = wholeNumber(limit, "limit");
    if (most < 0n || most > 0xffff_ffffn) throw invalid("limit", "a whole number, not negative");
    return this.#handle.call((raw) =>
      raw.journalEntriesAfter(this.merchantId, after, Number(most)),
    );
  }

  /** An event by its id. For `refundry/full`. */
  event(id: string): Event {
    this.#handle.require("event");
    return this.#handle.call((raw) => raw.event(this.merchantId, text(id, "id")));
  }

  /** A page of the events, newest first. For `refundry/full`. */
  events(page: EventPage = {}): List<Event> {
    this.#handle.require("events");
    const [limit, startingAfter] = pageOf(page, ["type", "endingBefore"]);
    const type = optionalText(page.type, "type");
    const endingBefore = optionalText(page.endingBefore, "endingBefore");
    return this.#handle.call((raw) =>
      raw.events(this.merchantId, type, limit, startingAfter, endingBefore),
    );
  }

  /**
   * At most `limit` events after the one with this id, the oldest first; null begins with the first.
   * Who keeps the id of the last event that they have seen misses none. For `refundry/full`.
   */
  eventsAfter(id: string | null, limit: number): Event[] {
    this.#handle.require("eventsAfter");
    const after = id === null ? undefined : text(id, "after");
    const most = wholeNumber(limit, "limit");
    if (most < 0n || most > 0xffff_ffffn) throw invalid("limit", "a whole number, not negative");
    return this.#handle.call((raw) => raw.eventsAfter(this.merchantId, after, Number(most)));
  }

  /** Where the book's recordings end, which are more than its journal entries. */
  mark(): Mark {
    return this.#handle.call((raw) => raw.mark(this.merchantId));
  }

  /**
   * A feed: the recordings after a mark as lines of text, for `receive` of another ledger, or a
   * server's `POST /feed`. It has as many as there is room for; the next begins at its `mark`, until
   * one is `complete`. For `refundry/full`.
   *
   * ```ts
   * let piece;
   * do {
   *   piece = book.feed({ after: piece?.mark });
   *   await fetch(url, { method: "POST", headers, body: piece.text });
   * } while (!piece.complete);
   * ```
   */
  feed({ after, mostBytes = 1 << 20 }: FeedOptions = {}): FeedPiece {
    this.#handle.require("feed");
    const most = wholeNumber(mostBytes, "mostBytes");
    if (most < 0n || most > 0xffff_ffffn) throw invalid("mostBytes", "a whole number, not negative");
    const from = after === undefined ? undefined : `${after.n}:${after.hash}`;
    return this.#handle.call((raw) => raw.feed(this.merchantId, from, Number(most)));
  }

  /**
   * The receipt of a refund, or of a charge that succeeded: a text that proves to anyone that it is in the book,
   * once it is signed (`signReceipt` of `refundry/receipt`) or its checkpoint is published. Without a size it is
   * under a checkpoint of its own, right after the object's entry, and short enough for a QR code.
   * For `refundry/full`.
   */
  receipt(id: string, { size }: CheckpointOptions = {}): string {
    this.#handle.require("receipt");
    const entries = entriesOf(size);
    return this.#handle.call((raw) => raw.receipt(this.merchantId, text(id, "id"), entries));
  }

  /** Where the book stood after so many entries, or stands now, as a text to be published. For `refundry/full`. */
  checkpoint({ size }: CheckpointOptions = {}): string {
    this.#handle.require("checkpoint");
    const entries = entriesOf(size);
    return this.#handle.call((raw) => raw.checkpoint(this.merchantId, entries));
  }

  /**
   * The proof that the book only grew between two checkpoints, by their numbers of entries: one hash on each line.
   * For `refundry/full`.
   */
  consistency(from: number, to: number): string {
    this.#handle.require("consistency");
    const [older, newer] = [Number(wholeNumber(from, "from")), Number(wholeNumber(to, "to"))];
    return this.#handle.call((raw) => raw.consistency(this.merchantId, older, newer));
  }

  /**
   * Keeps some more of what checkpoints and receipts need of all entries, so that it need not be computed
   * again. Returns whether all is kept; call it again until then. For `refundry/full`.
   */
  extendTree(): boolean {
    this.#handle.require("extendTree");
    return this.#handle.call((raw) => raw.extendTree(this.merchantId));
  }

  /**
   * Whether this is a mirror of a book that another ledger keeps: it can be read, and every operation
   * is refused with `book_mirrored`.
   */
  isMirror(): boolean {
    return this.#handle.call((raw) => raw.isMirror(this.merchantId));
  }

  /**
   * Gives the book to `write` as text, in pieces of about 64 KiB, and returns the head up to which it was
   * read. If `write` throws, the export stops. Days are those of UTC.
   *
   * Tables are read and written piece by piece. A journal is put in order in memory first, which takes about
   * 1 KB an entry. For `refundry/full`.
   *
   * ```ts
   * const pieces: string[] = [];
   * book.export("hledger", (piece) => pieces.push(piece));
   * const file = new Blob(pieces);
   * ```
   */
  export(format: ExportFormat, write: (piece: string) => void, period: Period = {}): Head {
    this.#handle.require("export");
    if (typeof write !== "function") throw invalid("write", "a function");
    const [from, to] = [boundText(period.from, "from"), boundText(period.to, "to")];
    // A piece may end within a character.
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let failed: { error: unknown } | undefined;
    const tell = (bytes: Uint8Array): void => {
      try {
        write(decoder.decode(bytes, { stream: true }));
      } catch (error) {
        failed = { error };
        throw error;
      }
    };
    try {
      return this.#handle.call((raw) => raw.export(this.merchantId, text(format, "format"), from, to, tell));
    } catch (error) {
      throw failed === undefined ? error : failed.error;
    }
  }

  /**
   * The merchant's statement of a month or another period: what it had, every line in groups, and what it has
   * in the end. All accounts are compared with the ledger's own balances. For `refundry/full`.
   *
   * ```ts
   * const page = book.statement({ month: "2026-11", zone: "Africa/Cairo", format: "html", language: "ar" });
   * ```
   */
  statement(request: StatementRequest = {}): string {
    this.#handle.require("statement");
    const { format = "text", language = "en" } = request;
    const [zone, month] = [optionalText(request.zone, "zone"), optionalText(request.month, "month")];
    const [from, to] = [boundText(request.from, "from"), boundText(request.to, "to")];
    if (month !== undefined && (from ?? to) !== undefined) throw invalid("month", "alone, without from and to");
    return this.#handle.run((raw) =>
      raw.statement(this.merchantId, text(format, "format"), text(language, "language"), zone, month, from, to),
    );
  }

  /** The balances of all accounts in every currency of the book, sorted by currency. */
  balances(): CurrencyBalances[] {
    return this.#handle.call((raw) => raw.balances(this.merchantId));
  }

  /** What the merchant has available and pending. */
  funds(): Funds {
    return this.#handle.call((raw) => raw.funds(this.merchantId));
  }

  /**
   * The balances of all accounts, now or as of a place in the book, sorted by currency; debits and
   * credits are equal in each.
   */
  trialBalance(asOf?: AsOf): CurrencyBalances[] {
    const seq = asOf?.seq === undefined ? undefined : wholeNumber(asOf.seq, "seq");
    const moment =
      asOf?.effectiveAt === undefined ? undefined : momentText(asOf.effectiveAt, "effectiveAt");
    if (asOf !== undefined && (seq === undefined) === (moment === undefined)) {
      throw invalid("asOf", "an object with either seq or effectiveAt");
    }
    return this.#handle.call((raw) => raw.trialBalance(this.merchantId, seq, moment));
  }

  /**
   * What became of the request with an idempotency key: did it happen before the tab was closed?
   * Null if it was never recorded.
   */
  findByKey(operation: Operation, idempotencyKey: string): KeyRecord | null {
    return this.#handle.call((raw) =>
      raw.findByKey(
        this.merchantId,
        text(operation, "operation"),
        text(idempotencyKey, "Idempotency-Key"),
      ),
    );
  }

  /**
   * What the entries after one head add up to, through another or through the last: by currency and
   * cause, as a terminal's end-of-day report has it. The next day goes on from the answer's `to`:
   * nothing is counted twice or left out, whatever the clock said. For `refundry/full`.
   */
  totals(from: Head, to?: Head | null): Totals {
    this.#handle.require("totals");
    const end = to === undefined || to === null ? undefined : headText(to, "to");
    return this.#handle.call((raw) => raw.totals(this.merchantId, headText(from, "from"), end));
  }

  /** Where the book's chain ends. Anyone who keeps it can detect later that something before was altered. */
  head(): Head {
    return this.#handle.call((raw) => raw.head(this.merchantId));
  }
}

/** Where a page begins, and what it shows, as the library reads it. */
function filteredPageOf(
  page: Page,
): [filter: string, limit: number | undefined, startingAfter: string | undefined] {
  refuseLost(page);
  const { limit, startingAfter, ...filter } = page;
  return [toJson(filter), ...pageOf({ limit, startingAfter })];
}

/** The limit and the place of a page; a misspelled field must not show the first page for ever. */
function pageOf(
  page: Page,
  others: readonly string[] = [],
): [limit: number | undefined, startingAfter: string | undefined] {
  const known = ["limit", "startingAfter", ...others];
  const unknown = Object.keys(page).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(unknown, `one of ${known.join(", ")}`);
  const { limit } = page;
  if (limit !== undefined && typeof limit !== "number") {
    throw invalid("limit", "a whole number from 1 to 100");
  }
  return [limit, optionalText(page.startingAfter, "startingAfter")];
}

/** How many entries a checkpoint is to be of, if that is said. */
function entriesOf(size: number | undefined): number | undefined {
  return size === undefined ? undefined : Number(wholeNumber(size, "size"));
}
