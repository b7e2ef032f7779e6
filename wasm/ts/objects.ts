/** The ledger's objects, in the API's shape. Made from the library's sources by `cargo xtask wasm`. */

import type { NegativeBalanceLimit } from "./requests.js";

/** Whose money it is; live or test for ever. */
export interface Merchant {
  /** `acct_…` */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** Whether it moves real money. */
  readonly liveMode: boolean;
  /** How far refunds may take its available balance below zero. */
  readonly negativeBalanceLimit: NegativeBalanceLimit;
  /** When it was added. */
  readonly createdAt: string;
  /** Whether a refund is refused whose external reference another refund has already. */
  readonly uniqueReferences: boolean;
}

/** What is known of an API key. The key itself was shown when it was issued and is kept nowhere. */
export interface ApiKey {
  /** `key_` and the first 16 hexadecimal digits of the key's SHA-256. */
  readonly id: string;
  /** When it was issued. */
  readonly createdAt: string;
  /** When it was revoked. */
  readonly revokedAt: string | null;
}

/** One purchase. */
export interface PaymentIntent {
  /** `pi_…` */
  readonly id: string;
  /** What was to be paid, in minor units of the currency. */
  readonly amount: string;
  /** What has been refunded of its charges, up to the largest 64-bit integer. */
  readonly amountRefunded: string;
  /** The currency of all its charges. */
  readonly currency: string;
  /** When it was created. */
  readonly createdAt: string;
}

/** What became of an attempt to take money. Each has a permanent number. */
export type ChargeStatus =
  /** Not known yet. */
  | "pending"
  /** The money was taken. */
  | "succeeded"
  /** The money was not taken. */
  | "failed"
  /** The attempt was called off. */
  | "canceled";

/** One attempt to take money. */
export interface Charge {
  /** `ch_…` */
  readonly id: string;
  /** The payment intent that it is an attempt at, if any. */
  readonly paymentIntentId: string | null;
  /** What was authorized, in minor units of the currency. */
  readonly amount: string;
  /** What was taken: the same or less. */
  readonly amountCaptured: string;
  /** What has been refunded, without refunds that failed. */
  readonly amountRefunded: string;
  /** What is disputed and was not won: the cardholder's bank has it. */
  readonly amountDisputed: string;
  /** What only other books may give back of it: what was handed over to them, or did not come from them. */
  readonly amountElsewhere: string;
  /** The platform's fee, at most what was taken. */
  readonly fee: string;
  /** The currency. */
  readonly currency: string;
  /** What became of it. */
  readonly status: ChargeStatus;
  /** When the merchant's funds from it mature. */
  readonly availableOn: string;
  /** When it was created. */
  readonly createdAt: string;
  /** What it was for, in the merchant's words. */
  readonly description: string | null;
  /** The merchant's own facts. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The order, terminal or acquirer's own reference. */
  readonly externalReference: string | null;
}

/** Why a refund is asked for. */
export type Reason =
  /** The charge was made twice. */
  | "duplicate"
  /** The charge was a fraud. */
  | "fraudulent"
  /** The customer asked. */
  | "requested_by_customer";

/** Whether a refund stands. */
export type RefundStatus =
  /** It stands. */
  | "succeeded"
  /** The card's bank sent it back later; a journal entry reversed it. */
  | "failed";

/** Money given back for a charge. Immutable once made; the fields are in the API's order. */
export interface Refund {
  /** `re_…` */
  readonly id: string;
  /** The charge it gives back. */
  readonly chargeId: string;
  /** How much, in minor units of the currency. */
  readonly amount: string;
  /** The charge's currency. */
  readonly currency: string;
  /** Whether it stands. */
  readonly status: RefundStatus;
  /** Why it was asked for. */
  readonly reason: Reason | null;
  /** Its line on the merchant's statement: `bt_` and the sequence number of its entry. */
  readonly balanceTransactionId: string;
  /** When it was made. */
  readonly createdAt: string;
  /** The charge's payment intent, however the refund was targeted. */
  readonly paymentIntentId: string | null;
  /** The caller's words. */
  readonly description: string | null;
  /** The caller's facts, in the order of their keys' bytes. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The acquirer's or terminal's own reference. */
  readonly externalReference: string | null;
}

/** A refund with its postings, in the API's shape. */
export type PostedRefund = Refund & {
  /** What it did to the ledger. */
  readonly ledger: RefundLedger;
};

/** What a refund did to the ledger. */
export interface RefundLedger {
  /** Its journal entry. */
  readonly journalEntryId: string;
  /** The charge's entry, which it reverses. */
  readonly reverses: string | null;
  /** What it moved. */
  readonly postings: readonly Posting[];
}

/** Why the cardholder disputes. Each has a permanent number. */
export type DisputeReason =
  /** The charge was made twice. */
  | "duplicate"
  /** The cardholder did not pay. */
  | "fraudulent"
  /** A refund was promised and did not come. */
  | "credit_not_processed"
  /** The goods did not come. */
  | "product_not_received"
  /** The goods are not as they were described. */
  | "product_unacceptable"
  /** The cardholder had called the subscription off. */
  | "subscription_canceled"
  /** The cardholder does not know the charge. */
  | "unrecognized"
  /** Something else. */
  | "general";

/** How far a dispute has come. Each has a permanent number. */
export type DisputeStatus =
  /** Nobody has decided yet: the bank has the money. */
  | "open"
  /** The merchant was right, and has the money again. */
  | "won"
  /** The cardholder was right, and keeps the money. */
  | "lost";

/** Money of a charge that the cardholder's bank has taken back. */
export interface Dispute {
  /** `dp_…` */
  readonly id: string;
  /** The charge that is disputed. */
  readonly chargeId: string;
  /** How much of it, in minor units of the currency. */
  readonly amount: string;
  /** What the platform charges the merchant for it. */
  readonly fee: string;
  /** The charge's currency. */
  readonly currency: string;
  /** How far it has come. */
  readonly status: DisputeStatus;
  /** Why the cardholder disputes. */
  readonly reason: DisputeReason | null;
  /** Its line on the merchant's statement: `bt_` and the sequence number of its entry. */
  readonly balanceTransactionId: string;
  /** When it was opened. */
  readonly createdAt: string;
  /** The charge's payment intent. */
  readonly paymentIntentId: string | null;
  /** The card network's own reference. */
  readonly networkReference: string | null;
  /** Whether the fee was given back when it was won. */
  readonly feeReturned: boolean;
}

/** Which way a hand-over went, as the book sees it that has it. */
export type HandoverDirection =
  /** To the other book. */
  | "handed_over"
  /** From the other book. */
  | "taken_over";

/**
 * What was left to give back of a charge, and went from one book to another. Both books have it under
 * the same id.
 */
export interface Handover {
  /** `ho_…` */
  readonly id: string;
  /** The charge. */
  readonly chargeId: string;
  /** How much of it, in minor units of the currency. */
  readonly amount: string;
  /** The charge's currency. */
  readonly currency: string;
  /** Which way it went. */
  readonly direction: HandoverDirection;
  /** The merchant whose book the other one is. */
  readonly otherMerchantId: string;
  /** The hash of the entry that handed it over: the same in both books, so that they can be compared. */
  readonly entryHash: string;
  /** When it was recorded in this book. */
  readonly createdAt: string;
  /**
   * What the other book takes over: at most 700 visible characters, which fit a QR code. null of
   * what was taken over. It can be read as often as it is needed, because it is taken over once.
   */
  readonly text: string | null;
}

/** What kind of transfer. */
export type TransferKind =
  /** Available funds are sent to the merchant's bank account. */
  | "payout"
  /** The merchant pays in. */
  | "topup"
  /** The acquirer pays what it owes; negative: takes back. */
  | "settlement"
  /** The platform gives; negative: takes. */
  | "adjustment";

/** How far a payout has come. Each has a permanent number. */
export type PayoutStatus =
  /** On its way. */
  | "in_transit"
  /** It arrived. */
  | "paid"
  /** It did not arrive. */
  | "failed"
  /** It came back after it had arrived. */
  | "returned";

/** Money that moved other than by a charge or refund. */
export interface Transfer {
  /** `po_…`, `tu_…`, `stl_…` or `adj_…` */
  readonly id: string;
  /** What kind. */
  readonly kind: TransferKind;
  /** How much, in minor units of the currency; negative if it went the other way. */
  readonly amount: string;
  /** The currency. */
  readonly currency: string;
  /** How far it has come, if it is a payout. */
  readonly status: PayoutStatus | null;
  /** The caller's words. */
  readonly description: string | null;
  /** Its journal entry. */
  readonly journalEntryId: string;
  /** When it was made. */
  readonly createdAt: string;
}

/** An account of a merchant's book, in one currency. Each has a permanent number. */
export type Account =
  /** The merchant's funds that mature later. */
  | "pending"
  /** The merchant's funds that can be paid out now. */
  | "available"
  /** Payouts that have not arrived yet. */
  | "payout_transit"
  /** What the acquirer owes for this merchant's payments. */
  | "clearing"
  /** The platform's money at its bank. */
  | "bank"
  /** The platform's revenue from this merchant. */
  | "fees"
  /** What the platform gave up in the merchant's favour. */
  | "losses";

/** The balances of a book in one of its currencies. */
export interface CurrencyBalances {
  /** The currency. */
  readonly currency: string;
  /** What the accounts hold, in minor units of it. */
  readonly balances: Readonly<Record<Account, string>>;
}

/**
 * What a merchant has, in the API's shape: one element for each currency of the book, sorted by
 * the currencies' codes.
 */
export interface Funds {
  /** What can be paid out now; below zero, what the merchant owes. */
  readonly available: readonly Sum[];
  /** What matures later. */
  readonly pending: readonly Sum[];
}

/** A sum in one currency. */
export interface Sum {
  /** How much, in minor units of the currency. */
  readonly amount: string;
  /** The currency. */
  readonly currency: string;
}

/** What a line of the statement is about. */
export type LineType =
  /** A charge that succeeded. */
  | "charge"
  /** A refund. */
  | "refund"
  /** A refund that came back. */
  | "refund_failure"
  /** A payout. */
  | "payout"
  /** A payout that came back. */
  | "payout_failure"
  /** A payment of the merchant. */
  | "topup"
  /** A gift or claim of the platform. */
  | "adjustment"
  /** A dispute. */
  | "dispute"
  /** A dispute that was won. */
  | "dispute_reversal";

/** Whether a line's net can be paid out. */
export type LineStatus =
  /** It matures later. */
  | "pending"
  /** It can be paid out now. */
  | "available";

/** A line of the merchant's statement. */
export interface BalanceTransaction {
  /** `bt_` and the sequence number of its journal entry. */
  readonly id: string;
  /** What it is about. */
  readonly type: LineType;
  /** The gross amount in minor units of the currency, signed as the merchant sees it. */
  readonly amount: string;
  /** The platform's fee; negative if it was given back. */
  readonly fee: string;
  /** The amount less the fee. */
  readonly net: string;
  /** The currency. */
  readonly currency: string;
  /** Whether the net can be paid out. */
  readonly status: LineStatus;
  /** When it could be or can be paid out. */
  readonly availableOn: string;
  /** The id of the charge, refund or transfer. */
  readonly source: string;
  /** When it took effect. */
  readonly createdAt: string;
}

/**
 * One positive amount in one currency, from one account to another. It has both sides, so it
 * cannot be out of balance.
 */
export interface Posting {
  /** The account debited. */
  readonly debit: Account;
  /** The account credited. */
  readonly credit: Account;
  /** The amount, in minor units of the currency. */
  readonly amount: string;
  /** The currency. */
  readonly currency: string;
}

/** Why an entry was made. Each cause has a permanent number. */
export type Cause =
  /** A charge succeeded. */
  | "charge"
  /** A charge's funds became available. */
  | "maturity"
  /** A refund was made. */
  | "refund"
  /** A refund came back. */
  | "refund_failure"
  /** A payout was sent. */
  | "payout"
  /** A payout arrived. */
  | "payout_paid"
  /** A payout failed while in transit. */
  | "payout_failed"
  /** A payout came back after it was paid. */
  | "payout_returned"
  /** The merchant paid in. */
  | "topup"
  /** The acquirer settled, or took back. */
  | "settlement"
  /** The platform gave or took. */
  | "adjustment"
  /** A charge was disputed. */
  | "dispute"
  /** A dispute was won. */
  | "dispute_won"
  /** A dispute was lost: this moves nothing. */
  | "dispute_lost"
  /** What is left of a charge was handed over to another book: this moves nothing. */
  | "handed_over"
  /** What is left of a charge was taken over from another book: this moves nothing. */
  | "taken_over";

/** An immutable, dated set of postings with one cause. */
export interface JournalEntry {
  /** `je_` and the sequence number. */
  readonly id: string;
  /** The place in the book's order. */
  readonly seq: number;
  /** Why it was made. */
  readonly cause: Cause;
  /** The id of the charge, refund, dispute, transfer or hand-over that it is about. */
  readonly source: string;
  /** The id of the entry that it reverses, if it reverses one. */
  readonly reverses: string | null;
  /** When it took effect. */
  readonly effectiveAt: string;
  /** When it was recorded. */
  readonly recordedAt: string;
  /** What it moved: nothing if a dispute was lost, or a charge handed over or taken over. */
  readonly postings: readonly Posting[];
  /** Its link in the chain. */
  readonly hash: string;
}

/** What happened. */
export type EventType =
  /** A charge succeeded. */
  | "charge.succeeded"
  /** A charge's funds became available. */
  | "charge.available"
  /** A refund was made. */
  | "refund.succeeded"
  /** A refund came back. */
  | "refund.failed"
  /** A payout set out. */
  | "payout.created"
  /** A payout arrived. */
  | "payout.paid"
  /** A payout failed while in transit. */
  | "payout.failed"
  /** A payout came back after it was paid. */
  | "payout.returned"
  /** The merchant paid in. */
  | "topup.created"
  /** The acquirer settled, or took back. */
  | "settlement.created"
  /** The platform gave or took. */
  | "adjustment.created"
  /** A charge was disputed. */
  | "dispute.created"
  /** A dispute was won. */
  | "dispute.won"
  /** A dispute was lost. */
  | "dispute.lost"
  /** What is left of a charge was handed over to another book. */
  | "handover.created"
  /** What is left of a charge was taken over from another book. */
  | "handover.taken_over";

/** Something that was recorded, for those who want to hear of it. */
export interface Event {
  /** What it is. */
  readonly object: "event";
  /**
   * `evt_…`: made of the recording's number and running hash, so that the same event has the same
   * id in every copy of the book. Whoever gets an event twice knows it by this.
   */
  readonly id: string;
  /** What happened. */
  readonly type: EventType;
  /** Whether it moved real money. */
  readonly livemode: boolean;
  /** When it was recorded. */
  readonly createdAt: string;
  /** What it happened to. */
  readonly data: EventData;
}

/** What an event happened to. */
export interface EventData {
  /** The object as it was right after, but for texts that were erased since. */
  readonly object: EventObject;
}

/** The object that an event is about. */
export type EventObject =
  /** Of `charge.…` */
  | Charge
  /** Of `refund.…` */
  | Refund
  /** Of `payout.…`, `topup.…`, `settlement.…` and `adjustment.…` */
  | Transfer
  /** Of `dispute.…` */
  | Dispute
  /** Of `handover.…` */
  | Handover;

/**
 * Where a book's chain ends. Anyone who keeps one can detect later that something before it was
 * altered or cut off: see `Ledger.verify`.
 */
export interface Head {
  /** The sequence number of the last entry; 0 if the book has none. */
  readonly seq: number;
  /** The hash of the last entry; the genesis hash if the book has none. */
  readonly hash: string;
}

/**
 * A place among all recordings of a book, those without a journal entry included. Anyone who keeps
 * one can detect later that something before it was altered or left out.
 */
export interface Mark {
  /** The number of the recording; 0 before the first. */
  readonly n: number;
  /** The running hash over all recordings up to it. */
  readonly hash: string;
}

/** What the entries from one head to another add up to. */
export interface Totals {
  /** The last entry before those that are counted. */
  readonly from: Head;
  /** The last entry that is counted. */
  readonly to: Head;
  /** One total for each currency and cause that has entries, sorted by currency and then by cause. */
  readonly totals: readonly Total[];
}

/** What the entries of one cause in one currency add up to. */
export interface Total {
  /** The currency. */
  readonly currency: string;
  /** Why the entries were made. */
  readonly cause: Cause;
  /** How many there are. */
  readonly count: number;
  /**
   * What they move, in minor units of the currency: negative if it is taken from the merchant, as on
   * the statement. A settlement is negative if the acquirer takes it back.
   */
  readonly amount: string;
  /** The platform's fees among it; negative if it gave some back. */
  readonly fee: string;
}

/** A page of a list; in JSON, `{"object":"list","data":…,"hasMore":…}`. */
export interface List<T> {
  /** What it is. */
  readonly object: "list";
  /** The objects, newest first. */
  readonly data: readonly T[];
  /** Whether there are objects after these. */
  readonly hasMore: boolean;
}

/** The outcome of an operation, and whether this call or an earlier one brought it about. */
export type Recorded<T> = T & {
  /** Whether an earlier request with the same idempotency key had done it already. */
  readonly replayed: boolean;
};

/** A feed that ends where its reader's room does. Each is a whole feed, with a first and a last line. */
export interface FeedPiece {
  /** The lines, each with its end of line. */
  readonly text: string;
  /** Where it ends, and the next one begins. */
  readonly mark: Mark;
  /** Whether the book ends there as well. */
  readonly complete: boolean;
}

/** What became of a feed that was taken in. */
export interface FeedReport {
  /** Whose book it is of. */
  readonly merchantId: string;
  /** Recordings that were new. */
  readonly recorded: number;
  /** Recordings that the book had already. */
  readonly skipped: number;
  /** Where the book ends now, and the next feed has to begin. */
  readonly mark: Mark;
}

/**
 * A line of a feed that is another recording than the one that the book has at its place: evidence
 * that the sender's book was restored from an older copy, or altered. The book keeps its own.
 */
export interface Fork {
  /** In whose book. */
  readonly merchantId: string;
  /** The number of the recording. */
  readonly n: number;
  /** When the line came. */
  readonly receivedAt: string;
  /** The line as it came. */
  readonly line: string;
}

/**
 * What is known of a key that may send the feed of one book and nothing else. The key itself was
 * shown when it was issued and is kept nowhere.
 */
export interface FeedKey {
  /** `key_` and the first 16 hexadecimal digits of the key's SHA-256. */
  readonly id: string;
  /** Whose feed it may send. */
  readonly merchantId: string;
  /** When it was issued. */
  readonly createdAt: string;
  /** When it was revoked. */
  readonly revokedAt: string | null;
}

/** How far an import has come. */
export interface ImportProgress {
  /** Lines read. */
  readonly lines: number;
  /** Bytes read. */
  readonly bytes: number;
}

/** What an import did. */
export interface ImportReport {
  /** Lines read, blank ones included. */
  readonly lines: number;
  /** Lines that recorded or advanced an object. */
  readonly recorded: number;
  /** Lines of objects that were known already, as they are or further on: nothing was recorded. */
  readonly skipped: number;
  /** How many facts of lines that were skipped are not what is known, and were ignored. */
  readonly ignored: number;
  /** The first hundred of them. */
  readonly ignoredFacts: readonly IgnoredFact[];
}

/** What a line said of a known object, and an import does not change. */
export interface IgnoredFact {
  /** The line's number, from 1. */
  readonly line: number;
  /** The object. */
  readonly id: string;
  /** The field. */
  readonly fact: string;
}

/** How far a verification has come. */
export interface VerifyProgress {
  /** Journal entries checked. */
  readonly entries: number;
  /** Journal entries in all books. */
  readonly total: number;
}

/** What was verified. */
export interface VerifyReport {
  /** Books checked. */
  readonly books: number;
  /** Journal entries checked. */
  readonly entries: number;
  /**
   * Harmless definitions of other programs in the file, by kind and name: their tables, views
   * and indexes.
   */
  readonly foreign: readonly string[];
  /** Evidence that other ledgers' books differ from their mirrors here, which are sound. */
  readonly forks: readonly Fork[];
}

/** How far the upgrade of an older file has come. */
export interface UpgradeProgress {
  /** Journal entries copied. */
  readonly entries: number;
  /** Journal entries in all books. */
  readonly total: number;
}
