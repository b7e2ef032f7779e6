/** What some methods answer that is no object of the API. */

import type { ErrorDetails } from "./error.js";

/** An API key that was just issued: the only time that it can be read. */
export interface IssuedKey {
  /** What names it from now on. */
  readonly id: string;
  /** The key itself, to hand to the merchant. */
  readonly key: string;
}

/** What became of a request with an idempotency key: the object's id, or why it was refused. */
export type KeyRecord =
  | {
      /** The id of the object made or changed. */
      readonly id: string;
      readonly refusal?: never;
      /** When it was recorded. */
      readonly recordedAt: string;
    }
  | {
      readonly id?: never;
      /** Why the rules refused. */
      readonly refusal: ErrorDetails;
      /** When it was recorded. */
      readonly recordedAt: string;
    };

/** Where the chain of a merchant's book ended when somebody noted it. */
export interface KeptHead {
  /** Whose book it is. */
  readonly merchantId: string;
  /** The sequence number of the last entry. */
  readonly seq: number;
  /** The hash of the last entry. */
  readonly hash: string;
}
