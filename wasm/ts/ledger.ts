/// <reference lib="esnext.disposable" preserve="true" />

/** A ledger: the books of any number of merchants. */

import type { KeptHead } from "./answers.js";
import { Book } from "./book.js";
import { RefundryError, invalid, unavailable, understood } from "./error.js";
import type { RawLedger } from "./full/raw.js";
import { Handle, clockOf, minorText, momentText, text } from "./handle.js";
import { toJson } from "./json.js";
import { type Raw, loaded } from "./load.js";
import { type Lines, type Watch, piecesOf, watched } from "./long.js";
import type {
  FeedReport,
  Fork,
  ImportProgress,
  ImportReport,
  Merchant,
  VerifyProgress,
  VerifyReport,
} from "./objects.js";
import { requireDedicatedWorker } from "./host.js";
import { Pool } from "./pool.js";
import type {
  AmountInput,
  Clock,
  CurrencyCode,
  LongCall,
  Moment,
  NewMerchant,
  Options,
  Storage,
  StoredOptions,
} from "./requests.js";
import { Turn, checkName, waitOf } from "./turn.js";

/**
 * A file is opened in the folder that was taken last, so ledgers are opened one after another.
 * Otherwise one could be made in another's folder, and be missing from its own.
 */
let opening: Promise<unknown> = Promise.resolve();

/**
 * A ledger, in memory or in the browser's files. Its methods return when they are done; in a page,
 * `RemoteLedger` does the same in a worker.
 *
 * ```ts
 * const ledger = await Ledger.inMemory();
 * const merchant = ledger.createMerchant({ name: "Cairo Books" });
 * const book = ledger.book(merchant.id);
 * ```
 */
export class Ledger {
  readonly #handle: Handle;
  /** Where it is kept. */
  readonly storage: Storage;

  private constructor(module: Raw, raw: RawLedger, options: Options, pool?: Pool) {
    this.#handle = new Handle(module, raw, clockOf(module, options.clock), pool);
    this.storage = pool?.storage ?? { kind: "memory" };
  }

  /** A new ledger in memory; it is gone when the page is, unless its bytes are kept. */
  static async inMemory(options: Options = {}): Promise<Ledger> {
    const module = await loaded();
    return Ledger.#make(module, options, (now, seed) => module.RawLedger.inMemory(now, seed));
  }

  /**
   * Opens in memory what `toBytes` gave, or the whole bytes of a ledger's file. The bytes are
   * checked as the native library checks a file.
   */
  static async fromBytes(bytes: Uint8Array, options: Options = {}): Promise<Ledger> {
    const module = await loaded();
    if (!(bytes instanceof Uint8Array)) throw invalid("bytes", "a Uint8Array");
    return Ledger.#make(module, options, (now, seed) => module.RawLedger.fromBytes(bytes, now, seed));
  }

  /**
   * Opens a ledger that the browser keeps in its origin-private file system, or creates it. Only a
   * dedicated worker can do that, and one at a time: in a page, use `RemoteLedger.open`. If another
   * has it, this waits for `wait` milliseconds, and is then refused with `lock_timeout`.
   */
  static async open(name: string, options: StoredOptions = {}): Promise<Ledger> {
    checkName(name);
    requireDedicatedWorker();
    const turn = await Turn.take(name, waitOf(options.wait));
    const opened = opening.then(() => Ledger.#open(turn, options));
    opening = opened.catch(() => undefined);
    return opened;
  }

  static async #open(turn: Turn, options: StoredOptions): Promise<Ledger> {
    let given: Ledger | undefined;
    try {
      const module = await loaded();
      const { bytes } = options;
      given = bytes === undefined ? undefined : await Ledger.fromBytes(bytes);
      const pool = await Pool.take(module, turn);
      try {
        if (given !== undefined) given.#handle.run((raw) => raw.copyTo(turn.name));
        return Ledger.#make(module, options, (now, seed) => module.RawLedger.open(turn.name, now, seed), pool);
      } catch (error) {
        pool.release();
        throw error;
      }
    } catch (error) {
      turn.release();
      throw error;
    } finally {
      given?.free();
    }
  }

  static #make(
    module: Raw,
    options: Options,
    method: (now: number, seed: bigint | undefined) => RawLedger,
    pool?: Pool,
  ): Ledger {
    const seed = seedOf(options.seed);
    const now = clockOf(module, options.clock)();
    try {
      return new Ledger(module, method(now, seed), options, pool);
    } catch (thrown) {
      const error = understood(thrown);
      // Nobody stops an opening here: the small module can't upgrade it.
      const isOld = error instanceof RefundryError && error.code === "canceled";
      throw isOld ? unavailable("this ledger is of the first schema; refundry/full opens and upgrades it") : error;
    }
  }

  /** Adds a merchant, whose book is empty. */
  createMerchant(request: NewMerchant): Merchant {
    return this.#handle.call((raw) => raw.createMerchant(toJson(request)));
  }

  /** Every merchant, sorted by id. */
  merchants(): Merchant[] {
    return this.#handle.call((raw) => raw.merchants());
  }

  /**
   * The merchant whose API key this is. With `liveMode`, a merchant of the other mode is refused
   * with `permission_denied`. For `refundry/full`.
   */
  authenticate(key: string, liveMode?: boolean): Merchant {
    this.#handle.require("authenticate");
    if (liveMode !== undefined && typeof liveMode !== "boolean") {
      throw invalid("liveMode", "true or false");
    }
    return this.#handle.call((raw) => raw.authenticate(text(key, "key"), liveMode));
  }

  /** One merchant's book. */
  book(merchantId: string): Book {
    this.#handle.run((raw) => raw.merchant(text(merchantId, "merchantId")));
    return new Book(this.#handle, merchantId);
  }

  /** The number of decimals of a currency, as frozen when this ledger first used it. */
  exponent(currency: CurrencyCode): number | null {
    return this.#handle.call((raw) => raw.exponent(text(currency, "currency")));
  }

  /**
   * Writes an amount or balance as people do, with as many decimals as its currency has in this
   * ledger: `"22604"` piastres are `"226.04"`. `Intl` has other decimals for some currencies, and
   * they change from one version to the next.
   */
  formatAmount(amount: AmountInput, currency: CurrencyCode): string {
    return this.#handle.call((raw) => raw.formatAmount(minorText(amount), text(currency, "currency")));
  }

  /**
   * Reads an amount as people write it, exactly or not at all: `"226.04"` are `"22604"` piastres.
   * There are only digits and perhaps one point; no sign, no space, no separator of thousands, and
   * no more decimals than the currency has in this ledger.
   */
  parseAmount(written: string, currency: CurrencyCode): string {
    return this.#handle.call((raw) => raw.parseAmount(text(written, "amount"), text(currency, "currency")));
  }

  /** As `parseAmount`, but a `-` may stand in front: for adjustments and settlements. */
  parseSignedAmount(written: string, currency: CurrencyCode): string {
    return this.#handle.call((raw) => raw.parseSignedAmount(text(written, "amount"), text(currency, "currency")));
  }

  /**
   * Confirms that it is as late as `now`, however long the ledger was not used, so that `releaseDue`
   * may go that far. It holds for this handle.
   */
  confirmTime(now: Moment): void {
    this.#handle.call((raw) => raw.confirmTime(momentText(now, "now")));
  }

  /**
   * Makes every charge available that is due at `now`, in all books. Returns how many.
   *
   * `now` may be 90 days after the last moment that the ledger has seen; else it is refused
   * (`too_far_ahead`) if anything is due, and `confirmTime` says that the time is right.
   */
  releaseDue(now: Moment): number {
    return this.#handle.call((raw) => raw.releaseDue(momentText(now, "now")));
  }

  /**
   * Runs `work`, whose calls share one commit: the cost of waiting for the disk is shared, and
   * nothing is kept before this returns. Each call has its own outcome: what `work` catches
   * disturbs no other. If `work` throws, or a call fails for another reason than the ledger's
   * rules, nothing of the batch is kept. `work` must not wait: a promise is refused.
   *
   * ```ts
   * const refunds = ledger.batch(() => charges.map((chargeId) => book.createRefund({ chargeId })));
   * ```
   */
  batch<Value>(work: () => Value): Value {
    if (typeof work !== "function") throw invalid("work", "a function");
    this.#handle.run((raw) => raw.beginBatch());
    try {
      const value = work();
      if (typeof (value as PromiseLike<unknown> | undefined)?.then === "function") {
        throw new TypeError("nothing of this batch was kept, because its function returned a promise; make one that does not wait");
      }
      this.#handle.run((raw) => raw.commitBatch());
      return value;
    } catch (error) {
      this.#handle.rollBack();
      throw error;
    }
  }

  /**
   * Records objects, one JSON object a line, all of them or none. `lines` are text, bytes, or
   * pieces of either, cut anywhere; in a worker also a `Blob` or `File`, which is then never in
   * memory as a whole. For `refundry/full`.
   */
  import(lines: Lines, options: LongCall<ImportProgress> = {}): ImportReport {
    this.#handle.require("import");
    const source = piecesOf(lines);
    const watch = watched(options, (lines, bytes) => ({ lines, bytes }));
    return this.#watched(watch, source.failed, (raw) => raw.import(source.next, watch.tell));
  }

  /**
   * Takes in a feed of a book in another ledger, which is mirrored here. `lines` are as those of
   * `import`. Recordings that are known are compared and skipped; the lines before one that is refused
   * are kept, and so is what was taken in before the call was stopped. For `refundry/full`.
   */
  receive(lines: Lines, options: LongCall<ImportProgress> = {}): FeedReport {
    this.#handle.require("receive");
    const source = piecesOf(lines);
    const watch = watched(options, (lines, bytes) => ({ lines, bytes }));
    return this.#watched(watch, source.failed, (raw) => raw.receive(source.next, watch.tell));
  }

  /** The evidence of forks: lines of feeds that are other recordings than the mirrors have. For `refundry/full`. */
  forks(): Fork[] {
    this.#handle.require("forks");
    return this.#handle.call((raw) => raw.forks());
  }

  /**
   * Reads everything once and checks every invariant and every book's chain. `kept` are heads noted
   * earlier: each must still stand in its book's chain. For `refundry/full`.
   */
  verify(options: LongCall<VerifyProgress> & { kept?: readonly KeptHead[] | undefined } = {}): VerifyReport {
    this.#handle.require("verify");
    const heads = (options.kept ?? []).map(
      ({ merchantId, seq, hash }) => `${text(merchantId, "merchantId")} ${seq}:${hash}`,
    );
    const watch = watched(options, (entries, total) => ({ entries, total }));
    return this.#watched(watch, undefined, (raw) => raw.verify(heads, watch.tell));
  }

  /** The ledger as the bytes of an SQLite file: for `fromBytes`, for a download, for `sqlite3`. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#handle.run((raw) => raw.toBytes() as Uint8Array<ArrayBuffer>);
  }

  /**
   * Forgets idempotency keys recorded before `before`, but none younger than 30 days. Returns how
   * many. For `refundry/full`.
   */
  pruneIdempotencyKeys(before: Moment): number {
    this.#handle.require("pruneIdempotencyKeys");
    return this.#handle.call((raw) => raw.pruneIdempotencyKeys(momentText(before, "before")));
  }

  /** Replaces the clock; a moment is a clock that stands still. */
  setClock(clock: Clock | Moment): void {
    this.#handle.setClock(clock);
  }

  /**
   * Closes the ledger, and lets others open it if the browser keeps it. After a `WebAssembly.RuntimeError` this can't
   * be done: end the worker, which lets go of everything. What was acknowledged is in the file.
   */
  free(): void {
    this.#handle.free();
  }

  /** As `free`, for `using ledger = …`. */
  [Symbol.dispose](): void {
    this.free();
  }

  /** Runs a long call; what the caller's own functions threw is thrown on. */
  #watched<Report>(
    watch: Watch,
    failed: (() => unknown) | undefined,
    method: (raw: RawLedger) => string,
  ): Report {
    try {
      return this.#handle.call<Report>(method);
    } catch (error) {
      throw watch.failed() ?? failed?.() ?? error;
    }
  }
}

function seedOf(seed: number | bigint | undefined): bigint | undefined {
  if (seed === undefined) return undefined;
  if (typeof seed === "bigint" ? seed >= 0n && seed < 1n << 64n : Number.isSafeInteger(seed) && seed >= 0) {
    return BigInt(seed);
  }
  throw invalid("seed", "a whole number from 0 to 2^64 - 1");
}
