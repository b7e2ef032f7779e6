/** The one handle on the WebAssembly side, and how everything calls it. */

import { invalid, unavailable, understood } from "./error.js";
import type { RawLedger } from "./full/raw.js";
import type { Raw } from "./load.js";
import type { Clock, Moment } from "./requests.js";

/** What a handle holds: the ledger on the WebAssembly side, and the browser's folder if it is there. */
interface Held {
  raw: RawLedger;
  folder: { release(): void } | undefined;
}

/**
 * Lets go what is held by handles that nobody has any more. Those of ledgers in memory are left to
 * wasm-bindgen, which does the same.
 */
const forgotten = typeof FinalizationRegistry === "function" ? new FinalizationRegistry<Held>(letGo) : undefined;

/**
 * The file has to be closed before its folder. Both stay held after a trap (a `WebAssembly.RuntimeError`), because the
 * call that it ended still has the ledger: then only the end of the worker lets go.
 */
function letGo({ raw, folder }: Held): void {
  raw.free();
  folder?.release();
}

/** A ledger's handle, shared by its books. */
export class Handle {
  #held: Held | undefined;
  readonly #module: Raw;
  #clock: () => number;
  #busy = false;

  constructor(module: Raw, raw: RawLedger, clock: () => number, folder: Held["folder"]) {
    this.#held = { raw, folder };
    this.#module = module;
    this.#clock = clock;
    if (folder !== undefined) forgotten?.register(this, this.#held, this);
  }

  /** Calls the library, and reads what it answers. */
  call<Answer>(method: (raw: RawLedger) => string): Answer {
    return JSON.parse(this.run(method)) as Answer;
  }

  /** Refuses a method that only the full module has, if this is the small one. */
  require(method: keyof RawLedger & string): void {
    const raw = this.#held?.raw;
    if (raw === undefined || method in raw) return;
    throw unavailable(
      `refundry's small module has no ${method}(); import refundry/full in place of refundry, and open the ledger there`,
    );
  }

  /** Calls the library. The clock is asked first: if it fails, nothing has happened. */
  run<Answer>(method: (raw: RawLedger) => Answer): Answer {
    const raw = this.#held?.raw;
    if (raw === undefined) {
      throw new TypeError("this ledger was freed; open it again");
    }
    if (this.#busy) {
      throw new TypeError("this ledger is in a call; a clock or progress function must not use it");
    }
    this.#busy = true;
    try {
      raw.setNow(this.#clock());
      return method(raw);
    } catch (thrown) {
      throw understood(thrown);
    } finally {
      this.#busy = false;
    }
  }

  /** Ends a batch of which nothing is kept; does nothing if none is open. */
  rollBack(): void {
    this.#held?.raw.rollBackBatch();
  }

  setClock(clock: Clock | Moment | undefined): void {
    this.#clock = clockOf(this.#module, clock);
  }

  free(): void {
    if (this.#busy) {
      throw new TypeError("this ledger is in a call; free it afterwards");
    }
    if (this.#held === undefined) return;
    forgotten?.unregister(this);
    letGo(this.#held);
    this.#held = undefined;
  }
}

/** A clock in milliseconds. */
export function clockOf(module: Raw, clock: Clock | Moment | undefined): () => number {
  if (clock === undefined) return Date.now;
  if (typeof clock === "function") return () => millis(clock());
  const stands = typeof clock === "string" ? parse(module, clock) : millis(clock);
  return () => stands;
}

function millis(moment: unknown): number {
  const millis = moment instanceof Date ? moment.getTime() : moment;
  if (typeof millis === "number" && Number.isFinite(millis)) return millis;
  throw invalid("clock", "a function that returns a valid Date or a number of milliseconds");
}

function parse(module: Raw, moment: string): number {
  try {
    return module.momentMillis(moment);
  } catch (thrown) {
    throw understood(thrown);
  }
}

/** A moment as text; the library reads it. */
export function momentText(moment: unknown, param: string): string {
  if (typeof moment === "string") return moment;
  if (moment instanceof Date && !Number.isNaN(moment.getTime())) return moment.toISOString();
  throw invalid(param, "a Date, or a date and time such as 2024-01-01T00:00:00.000Z");
}

/** A string. */
export function text(value: unknown, param: string): string {
  if (typeof value === "string") return value;
  throw invalid(param, "a string");
}

/** A boolean. */
export function flag(value: unknown, param: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(param, "true or false");
}

/** The text of a head. */
export function headText(head: unknown, param: string): string {
  if (typeof head === "object" && head !== null && "seq" in head && "hash" in head) {
    return `${String(head.seq)}:${String(head.hash)}`;
  }
  throw invalid(param, "a head, as head() gives it");
}

/** An end of a period as text: a day, a moment or a head. */
export function boundText(bound: unknown, param: string): string | undefined {
  if (bound === undefined || bound === null) return undefined;
  if (typeof bound === "object" && "seq" in bound) return headText(bound, param);
  if (typeof bound === "string" || bound instanceof Date) return momentText(bound, param);
  throw invalid(param, "a day such as 2026-11-01, a Date, a date and time, or a head");
}

/** A string, or nothing. */
export function optionalText(value: unknown, param: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, param);
}

/** An idempotency key: nothing is no key, but null, which was to be one, is refused. */
export function keyText(key: unknown): string | undefined {
  if (key === undefined || typeof key === "string") return key;
  throw invalid("Idempotency-Key", "1 to 255 visible ASCII characters");
}

/** Minor units as text; what is no whole number of them is refused, here or by the library. */
export function minorText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  throw invalid("amount", "a whole number of minor units");
}

/** A whole number that JavaScript holds exactly. */
export function wholeNumber(value: unknown, param: string): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw invalid(param, "a whole number");
}
