/** Whose turn it is to have a stored ledger: one tab or worker at a time, by the browser's Web Locks. */

import { RefundryError, failed, invalid } from "./error.js";
import { storageHere } from "./host.js";
import type { Signal } from "./requests.js";

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

/** As long as the native library waits for others. */
const WAIT = 5_000;

/** Whoever must not wait still lets others finish what they are about: a watcher, or a worker that ends. */
const SHORTEST = 300;

/** More than a timer can be told. */
const FOR_EVER = 2 ** 31;

/** A turn at a ledger. Others wait until it is released, or its page or worker is gone. */
export class Turn {
  readonly name: string;
  /** Until when to try again what others can still be in the way of. */
  readonly deadline: number;
  readonly #letGo: () => void;

  private constructor(name: string, wait: number, letGo: () => void) {
    this.name = name;
    this.deadline = Date.now() + Math.max(wait, SHORTEST);
    this.#letGo = letGo;
  }

  /** Waits for it this many milliseconds. */
  static take(name: string, wait: number): Promise<Turn> {
    const locks = locksHere();
    return new Promise<Turn>((resolve, reject) => {
      const limit = Math.max(wait, SHORTEST);
      const options = limit < FOR_EVER ? { signal: AbortSignal.timeout(limit) } : {};
      const mine = (): Promise<void> =>
        new Promise((letGo) => resolve(new Turn(name, wait, () => letGo(undefined))));
      locks.request(lockOf(name), options, mine).catch((error: unknown) => {
        reject(isTimeout(error) ? held(name) : failed(error, name));
      });
    });
  }

  /** Lets the next one have it; does nothing if that was done. */
  release(): void {
    this.#letGo();
  }
}

/**
 * Waits until nobody has the stored ledger of this name, for a page that was refused with `lock_timeout`
 * and wants to say when the other tab let go. By the time that you open it, another may have it again.
 *
 * ```ts
 * await storedLedgerReleased("shop", { signal });
 * const ledger = await RemoteLedger.open("shop");
 * ```
 */
export async function storedLedgerReleased(
  name: string,
  { signal }: { signal?: Signal | undefined } = {},
): Promise<void> {
  checkName(name);
  signal?.throwIfAborted();
  // Shared: all who watch are told at once.
  const options: LockOptions = { mode: "shared" };
  if (signal !== undefined) options.signal = signal as AbortSignal;
  try {
    await locksHere().request(lockOf(name), options, () => undefined);
  } catch (error) {
    signal?.throwIfAborted();
    throw failed(error, name);
  }
}

/** Refuses what can't be the name of a folder everywhere. */
export function checkName(name: string): void {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw invalid("name", "1 to 64 letters, digits, dots, hyphens and underscores, no dot first");
  }
}

/** How long to wait, in milliseconds. */
export function waitOf(wait: number | undefined): number {
  if (wait === undefined) return WAIT;
  if (typeof wait === "number" && wait >= 0) return wait;
  throw invalid("wait", "a number of milliseconds, not negative; Infinity waits for ever");
}

export function held(name: string): RefundryError {
  return new RefundryError({
    code: "lock_timeout",
    number: 300,
    message: `the ledger ${name} is open already, here or in another tab or worker; nothing was changed; close it there and try again`,
    replayed: false,
  });
}

function locksHere(): LockManager {
  storageHere();
  return navigator.locks;
}

function lockOf(name: string): string {
  return `refundry/${name}`;
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "TimeoutError" || error.name === "AbortError");
}
