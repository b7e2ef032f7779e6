/** What the ledger refuses, and what fails. */

import type { Mark } from "./objects.js";

/** Every code. They are permanent: the same in Rust, in C and over HTTP. */
export type ErrorCode =
  | "api_key_invalid"
  | "api_key_inactive"
  | "permission_denied"
  | "invalid_request"
  | "parameter_unknown"
  | "parameter_invalid"
  | "parameters_exclusive"
  | "parameter_missing"
  | "parameter_out_of_range"
  | "idempotency_key_reused"
  | "resource_missing"
  | "resource_conflict"
  | "book_mirrored"
  | "resource_invalid_state"
  | "external_reference_used"
  | "charge_already_refunded"
  | "charge_disputed"
  | "charge_handed_over"
  | "handover_misdirected"
  | "handover_conflict"
  | "amount_exceeds_refundable"
  | "balance_insufficient"
  | "balance_out_of_range"
  | "canceled"
  | "batch_invalid_state"
  | "ledger_unsound"
  | "feed_invalid"
  | "too_far_ahead"
  | "book_forked"
  | "mark_unknown"
  | "head_unknown"
  | "receipt_invalid"
  | "receipt_unproven"
  | "checkpoint_invalid"
  | "signature_invalid"
  | "checkpoint_inconsistent"
  | "lock_timeout"
  | "api_error";

/** The facts that come with some codes alone. */
interface FactsByCode {
  permission_denied: { readonly param: "liveMode" };
  parameter_unknown: { readonly param: string };
  parameter_invalid: { readonly param: string };
  parameters_exclusive: { readonly param: "paymentIntentId" };
  parameter_missing: { readonly param: string };
  parameter_out_of_range: { readonly param: string };
  idempotency_key_reused: { readonly param: "Idempotency-Key" };
  resource_missing: { readonly param: string };
  resource_invalid_state: { readonly param: string };
  external_reference_used: { readonly param: "externalReference" };
  charge_already_refunded: { readonly param: string };
  charge_disputed: {
    readonly param: string;
    /** What can still be given back beside what is disputed, in minor units: `"0"` too. */
    readonly refundable: string;
  };
  charge_handed_over: {
    readonly param: string;
    /** What this book can still give back, in minor units: `"0"` too. */
    readonly refundable: string;
  };
  handover_misdirected: { readonly param: "text"; readonly id: string };
  handover_conflict: { readonly param: "text"; readonly id: string };
  amount_exceeds_refundable: {
    readonly param: "amount";
    /** What can still be refunded, in minor units of the charge's currency. */
    readonly refundable: string;
  };
  balance_insufficient: {
    readonly param: "amount";
    /** What the merchant can spend now, in minor units of the currency. */
    readonly spendable: string;
  };
  balance_out_of_range: { readonly param: string };
  feed_invalid: {
    readonly line: number;
    /** Where the book ends, and the next feed has to begin. */
    readonly mark: Mark;
  };
  book_forked: { readonly line: number };
}

type FactsOf<Code extends ErrorCode> = Code extends keyof FactsByCode ? FactsByCode[Code] : unknown;

/** What every error tells. */
interface CommonFacts<Code extends ErrorCode> {
  /** The permanent code. */
  readonly code: Code;
  /** The permanent number, as in C: finer than the code. */
  readonly number: number;
  /** What happened, what was not changed, and what to do. */
  readonly message: string;
  /** The field to blame, if one is. */
  readonly param?: string;
  /** The id that named nothing or is taken, or the merchant whose book it is about. */
  readonly id?: string;
  /** What can still be refunded: only with `amount_exceeds_refundable`, `charge_disputed` and `charge_handed_over`. */
  readonly refundable?: string;
  /** What the merchant can spend now: only with `balance_insufficient`. */
  readonly spendable?: string;
  /** The line of an import or a feed that is bad, from 1. */
  readonly line?: number;
  /** Where to send a feed from: only with `feed_invalid`. */
  readonly mark?: Mark;
  /** Whether this is the outcome of an earlier request with the same idempotency key. */
  readonly replayed: boolean;
}

/** The facts of an error as a plain object, told apart by `code`. */
export type ErrorDetails = {
  [Code in ErrorCode]: CommonFacts<Code> & FactsOf<Code>;
}[ErrorCode];

class RefundryErrorClass extends Error {
  readonly code: ErrorCode;
  readonly number: number;
  declare readonly param?: string;
  declare readonly id?: string;
  declare readonly refundable?: string;
  declare readonly spendable?: string;
  declare readonly line?: number;
  declare readonly mark?: Mark;
  readonly replayed: boolean;

  constructor(details: ErrorDetails) {
    super(details.message);
    this.name = "RefundryError";
    this.code = details.code;
    this.number = details.number;
    this.replayed = details.replayed;
    for (const fact of ["param", "id", "refundable", "spendable", "line", "mark"] as const) {
      if (details[fact] !== undefined) Object.assign(this, { [fact]: details[fact] });
    }
  }
}

/**
 * Why a call did nothing. After it, the ledger is as it was before the call.
 *
 * ```ts
 * try {
 *   book.createRefund({ chargeId: "ch_1", amount: "10900" });
 * } catch (error) {
 *   if (error instanceof RefundryError && error.code === "amount_exceeds_refundable") {
 *     console.log(`at most ${error.refundable} can be refunded`);
 *   } else {
 *     throw error;
 *   }
 * }
 * ```
 */
export type RefundryError = Error & ErrorDetails;

/** The class of {@link RefundryError}, for `instanceof`. */
export const RefundryError: {
  readonly prototype: RefundryError;
  new (details: ErrorDetails): RefundryError;
} = RefundryErrorClass as never;

/** The error for a value of the wrong form that never came as far as the library. */
export function invalid(param: string, expected: string): RefundryError {
  return new RefundryError({
    code: "parameter_invalid",
    number: 60,
    message: `${param} must be ${expected}; nothing was changed; correct it and ask again`,
    param,
    replayed: false,
  });
}

/** The error for what can't be done where this runs. */
export function unavailable(message: string): RefundryError {
  return machine(317, `nothing was changed: ${message}`);
}

/** The error for what the browser refused or could not do with the stored ledger of this name. */
export function failed(thrown: unknown, name: string): RefundryError {
  if (thrown instanceof RefundryErrorClass) return thrown as never;
  const told = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const kind = thrown instanceof Error ? thrown.name : "";
  const ledger = `the stored ledger ${name}`;
  switch (kind) {
    case "NotFoundError":
      return machine(310, `there is no stored ledger ${name}; nothing was changed; storedLedgers() has their names`);
    case "QuotaExceededError":
      return machine(320, `there is no room for ${ledger} (${told}); nothing was changed; make room and try again`);
    case "SecurityError":
    case "NotAllowedError":
      return machine(
        317,
        `the browser keeps no files for this page (${told}), as in a private window or with cookies blocked; ` +
          "nothing was changed; allow them, or use RemoteLedger.inMemory",
      );
    default:
      return machine(321, `the browser failed with ${ledger} (${told}); nothing was changed; try again`);
  }
}

/** A failure of the machine, by its permanent number. */
export function machine(number: number, message: string): RefundryError {
  return new RefundryError({ code: "api_error", number, message, replayed: false });
}

/** What a call of the WebAssembly module threw, as what its caller is to see. */
export function understood(thrown: unknown): unknown {
  if (typeof thrown !== "string") return thrown;
  try {
    return new RefundryError(JSON.parse(thrown) as ErrorDetails);
  } catch {
    // A string that the caller's own clock or getter threw.
    return thrown;
  }
}
