/** What a page and its worker say to each other. */

import { type ErrorDetails, RefundryError } from "./error.js";
import type { SentSource } from "./load.js";
import type { Storage } from "./requests.js";

/** How a worker is to open its ledger. */
export interface Opening {
  how: "inMemory" | "fromBytes" | "open";
  args: readonly unknown[];
  /** Where the WebAssembly module is, if the page was told. */
  source?: SentSource;
}

/** One call: of the ledger, or of a book. */
export interface Call {
  id: number;
  /** Undefined to open the ledger. */
  method: string | undefined;
  /** The merchant, if a book is called. */
  merchantId?: string;
  args: readonly unknown[];
  /** A URL that can be fetched until the call is to stop. */
  wanted?: string;
  /** Whether to tell the progress. */
  progress?: boolean;
}

/** A call that shares a commit with others, and what came of it. */
export type BatchCall = Pick<Call, "method" | "merchantId" | "args">;
export type Outcome = { value: unknown } | { problem: Problem };

/** An error as plain data. */
export type Problem = { refundry: ErrorDetails } | { name: string; message: string };

/** An answer, or the progress until it comes. */
export type Answer =
  | { id: number; value: unknown }
  | { id: number; problem: Problem }
  | { id: number; progress: unknown };

/** What the opening of a ledger answers. */
export interface Opened {
  storage: Storage;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof RefundryError) {
    const { code, number, message, param, refundable, spendable, line, mark, replayed } = error;
    const facts = { code, number, message, param, refundable, spendable, line, mark, replayed };
    return { refundry: facts as ErrorDetails };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message };
}

export function errorOf(problem: Problem): Error {
  if ("refundry" in problem) return new RefundryError(problem.refundry);
  const error = problem.name === "TypeError" ? new TypeError(problem.message) : new Error(problem.message);
  error.name = problem.name;
  return error;
}
