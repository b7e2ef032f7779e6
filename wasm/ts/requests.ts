/** What callers ask for. */

import type {
  ChargeStatus,
  DisputeReason,
  DisputeStatus,
  EventType,
  Head,
  LineType,
  Mark,
  PayoutStatus,
  Reason,
  RefundStatus,
  TransferKind,
} from "./objects.js";

/**
 * A whole number of minor units: piastres, cents, fils. A string of digits, a bigint, or a number
 * that is a safe integer. Fractions, NaN and unsafe integers are refused.
 */
export type AmountInput = string | bigint | number;

/** A moment: a `Date`, or RFC 3339 such as `"2024-01-01T00:00:00.000Z"`. */
export type Moment = Date | string;

/** A currency of ISO 4217 that has a minor unit, such as `"EGP"`. */
export type CurrencyCode = string;

interface RefundFields {
  /**
   * How much, in minor units of the charge's currency. Leave the field out for all that is left;
   * `null` and `undefined` are refused, so that a value that got lost can't refund everything.
   */
  amount?: AmountInput;
  /** Why. */
  reason?: Reason | null | undefined;
  /** At most 500 characters. */
  description?: string | null | undefined;
  /** At most 50 keys of 1 to 40 characters; values of at most 500. */
  metadata?: Readonly<Record<string, string>> | null | undefined;
  /** The acquirer's or terminal's own reference: 1 to 64 visible ASCII characters. */
  externalReference?: string | null | undefined;
}

/** A request to create a refund of exactly one target: a charge or a payment intent. */
export type RefundRequest =
  | (RefundFields & {
      /** The charge to refund. */
      chargeId: string;
      paymentIntentId?: null | undefined;
    })
  | (RefundFields & {
      /** The payment intent whose one succeeded charge to refund. */
      paymentIntentId: string;
      chargeId?: null | undefined;
    });

/** A merchant about to be added. */
export interface NewMerchant {
  /** `acct_…`; generated if there is none. */
  id?: string | null | undefined;
  /** What people call it. */
  name: string;
  /** Whether it moves real money, for ever; false if not said. */
  liveMode?: boolean | null | undefined;
  /** How far refunds may take its available balance below zero; without limit if not said. */
  negativeBalanceLimit?: NegativeBalanceLimit | undefined;
  /** Whether a refund is refused whose external reference another refund has already; false if not said. */
  uniqueReferences?: boolean | null | undefined;
}

/**
 * How far refunds may take the available balance below zero, in minor units: not limited (null),
 * the same number in each currency, or a number for some currencies. Pending funds don't count, so
 * a limit of `"0"` refuses refunds of charges that have not matured.
 */
export type NegativeBalanceLimit = string | Readonly<Record<CurrencyCode, string>> | null;

/** A payment intent about to be created. */
export interface NewPaymentIntent {
  /** `pi_…`; generated if there is none. */
  id?: string | null | undefined;
  /** What is to be paid, in minor units of the currency. */
  amount: AmountInput;
  /** The currency of all its charges. */
  currency: CurrencyCode;
}

/** A charge about to be created. */
export interface NewCharge {
  /** `ch_…`; generated if there is none. */
  id?: string | null | undefined;
  /** The payment intent that it is an attempt at, if any. */
  paymentIntentId?: string | null | undefined;
  /** What is authorized, in minor units of the currency. */
  amount: AmountInput;
  /** What is taken: the same if not said, or less. */
  amountCaptured?: AmountInput;
  /** The platform's fee, at most what is taken. */
  fee: AmountInput;
  /** The currency. */
  currency: CurrencyCode;
  /** What became of it: `succeeded` if not said. */
  status?: ChargeStatus | null | undefined;
  /**
   * When the merchant's funds from it mature. It is part of the request that an idempotency key stands
   * for: work it out once for a sale and keep it with the key, because the same sale with another date
   * is another request.
   */
  availableOn: Moment;
  /** What it is for: at most 500 characters. */
  description?: string | null | undefined;
  /** At most 50 facts: keys of 1 to 40 characters, values of at most 500. */
  metadata?: Readonly<Record<string, string>> | null | undefined;
  /** The order, terminal or acquirer's own reference: 1 to 64 visible ASCII characters. */
  externalReference?: string | null | undefined;
}

/** How a pending charge ends. */
export type Conclusion =
  | {
      status: "succeeded";
      /** What was taken: the charge's amount or less. */
      amountCaptured: AmountInput;
      /** The platform's fee, at most what was taken. */
      fee: AmountInput;
      /** When the merchant's funds from it mature. */
      availableOn: Moment;
    }
  | { status: "failed" | "canceled" };

/** A payout, top-up, settlement or adjustment about to be made. */
export interface NewTransfer {
  /** `po_…`, `tu_…`, `stl_…` or `adj_…`; generated if there is none. */
  id?: string | null | undefined;
  /** What kind. */
  kind: TransferKind;
  /** How much; only settlements and adjustments may be negative. */
  amount: AmountInput;
  /** The currency. */
  currency: CurrencyCode;
  /** At most 500 characters. */
  description?: string | null | undefined;
}

/** What becomes of a payout: in transit → paid or failed, paid → returned. */
export type PayoutOutcome = Exclude<PayoutStatus, "in_transit">;

/** A dispute about to be opened: the cardholder's bank has taken money of a charge back. */
export interface NewDispute {
  /** `dp_…`; generated if there is none. */
  id?: string | null | undefined;
  /** The charge that is disputed. */
  chargeId: string;
  /** How much of it, in minor units of its currency. */
  amount: AmountInput;
  /** What the platform charges the merchant for it; nothing if not said. */
  fee?: AmountInput;
  /** Why the cardholder disputes. */
  reason?: DisputeReason | null | undefined;
  /** The card network's own reference: 1 to 64 visible ASCII characters. */
  networkReference?: string | null | undefined;
}

/** Which page of a list. */
export interface Page {
  /** At most this many objects, 1 to 100; 10 if not said. */
  limit?: number | undefined;
  /** The id of the last object of the page before. */
  startingAfter?: string | undefined;
}

/** Which part of a book a feed has. */
export interface FeedOptions {
  /** Where it begins: a mark, such as the receiver tells; the book's beginning if not said. */
  after?: Mark | undefined;
  /** How many bytes it may have; 1 MiB if not said. */
  mostBytes?: number | undefined;
}

/** When what a list shows was made. */
export interface Span {
  /** Only those made at this moment or later. */
  from?: Moment | undefined;
  /** Only those made before this moment. */
  to?: Moment | undefined;
}

/** Which refunds a list shows; a filter by an unknown id shows none. */
export interface RefundPage extends Page, Span {
  /** Only those of this charge. */
  chargeId?: string | undefined;
  /** Only those of the charges under this payment intent. */
  paymentIntentId?: string | undefined;
  /** Only those that stand, or only those that failed. */
  status?: RefundStatus | undefined;
  /** Only those with this reference. */
  externalReference?: string | undefined;
  /** Only those whose metadata has all of these pairs. */
  metadata?: Record<string, string> | undefined;
}

/** Which charges a list shows; a filter by an unknown id shows none. */
export interface ChargePage extends Page, Span {
  /** Only those under this payment intent. */
  paymentIntentId?: string | undefined;
  /** Only those of which this became. */
  status?: ChargeStatus | undefined;
  /** Only those with this reference: of an order, or as the terminal or acquirer knows them. */
  externalReference?: string | undefined;
  /** Only those whose metadata has all of these pairs. */
  metadata?: Record<string, string> | undefined;
}

/** Which transfers a list shows. */
export interface TransferPage extends Page, Span {
  /** Only those of this kind. */
  kind?: TransferKind | undefined;
  /** Only the payouts that have come this far. */
  status?: PayoutStatus | undefined;
}

/** Which lines of the statement a list shows. */
export interface StatementPage extends Page, Span {
  /** Only those about this. */
  type?: LineType | undefined;
}

/** Which disputes a list shows; a filter by an unknown id shows none. */
export interface DisputePage extends Page {
  /** Only those of this charge. */
  chargeId?: string | undefined;
  /** Only those that have come so far. */
  status?: DisputeStatus | undefined;
}

/** Which events a list shows. */
export interface EventPage extends Page {
  /** Only those of this type. */
  type?: EventType | undefined;
  /** The page before this event, towards the newer ones; not together with `startingAfter`. */
  endingBefore?: string | undefined;
}

/** What a trial balance includes: the entries up to a sequence number, or in effect at a moment. */
export type AsOf = { seq: number; effectiveAt?: undefined } | { effectiveAt: Moment; seq?: undefined };

/** An operation that moves money: each has its own idempotency keys. */
export type Operation =
  | "refund"
  | "refund_failure"
  | "charge"
  | "charge_conclusion"
  | "payout"
  | "payout_outcome"
  | "topup"
  | "settlement"
  | "adjustment"
  | "dispute"
  | "dispute_outcome";

/** A function that says what time it is: a `Date`, or milliseconds as from `Date.now`. */
export type Clock = () => Date | number;

/** How to open a ledger. */
export interface Options {
  /**
   * The clock, asked once for each call; the system's if not said. A moment is a clock that stands
   * still until `setClock`.
   */
  clock?: Clock | Moment | undefined;
  /**
   * Makes ids foreseeable, for simulations and tests: the same calls, clock and seed give the same
   * ledger, here and natively. A whole number from 0 to 2^64 − 1.
   */
  seed?: number | bigint | undefined;
}

/** How to open a ledger that the browser keeps. */
export interface StoredOptions extends Options {
  /** What the ledger begins as: the bytes of a ledger's file. There must be none of that name. */
  bytes?: Uint8Array | undefined;
  /**
   * How many milliseconds to wait while another tab or worker has it open; 5000 if not said, as the native
   * library waits. 0 waits only for who is closing it just now, `Infinity` for ever.
   */
  wait?: number | undefined;
}

/** Where a ledger is kept. */
export type Storage =
  | { readonly kind: "memory" }
  | {
      readonly kind: "opfs";
      /** Its name. */
      readonly name: string;
      /** Whether the browser promised not to clear it when space gets short. */
      readonly persisted: boolean;
    };

/** What of an `AbortSignal` is used; so the types need no library of a browser's or Node's. */
export interface Signal {
  readonly aborted: boolean;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What of a `Blob` or `File` is used. */
export interface Pieces {
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number): Pieces;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** How a book is exported: a journal of plain-text accounting, or a table as CSV. */
export type ExportFormat =
  | "hledger"
  | "ledger"
  | "beancount"
  | "csv-journal"
  | "csv-statement"
  | "csv-refunds"
  | "csv-charges"
  | "csv-disputes";

/** Which period; all of the book if neither end is said. */
export interface Period {
  /** From when: a day such as `2026-11-01`, a moment, or a head, after which it begins. */
  from?: Moment | Head | undefined;
  /** Until when: a day, which is included, a moment, which is not, or a head, which is. */
  to?: Moment | Head | undefined;
}

/** Which statement, and how it is written. */
export type StatementRequest = {
  /** For a terminal, as one HTML file that a browser prints to A4, or as a table; text if not said. */
  format?: "text" | "html" | "csv" | undefined;
  /** English, or Arabic from right to left; English if not said. */
  language?: "en" | "ar" | undefined;
  /** Whose days and months are meant, by its name in the IANA database; UTC if not said. */
  zone?: string | undefined;
} & (
  | {
      /** A month such as `2026-11`. */
      month: string;
      from?: undefined;
      to?: undefined;
    }
  | (Period & { month?: undefined })
);

/** How to run a long call. */
export interface LongCall<Progress> {
  /** Told now and then how far it has come. */
  progress?: ((progress: Progress) => void) | undefined;
  /** Stops it: nothing is changed then. */
  signal?: Signal | undefined;
}
