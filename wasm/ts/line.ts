/** The line to the worker of a ledger, which the page lets go when it is put away. */

import { RefundryError, machine } from "./error.js";
import { requireWorkers } from "./host.js";
import { sourceForWorkers, startWorker } from "./load.js";
import { type Answer, type Call, type Opened, type Opening, errorOf } from "./protocol.js";

export interface Waiting {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
  progress?: ((progress: never) => void) | undefined;
}

/** What takes calls: a line to a worker, or a batch that is being made up. */
export interface Calls {
  call<Value>(call: Omit<Call, "id">, progress?: Waiting["progress"]): Promise<Value>;
}

/** Ends the workers of lines that nobody holds any more. */
const forgotten =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<Link>((link) => link.endWhenDone())
    : undefined;

/** What a ledger and its books hold. */
export class Line implements Calls {
  readonly #link: Link;

  private constructor(link: Link) {
    this.#link = link;
    forgotten?.register(this, link, this);
  }

  /** Starts a worker, and has it open a ledger. */
  static async open(opening: Opening): Promise<[Line, Opened]> {
    requireWorkers();
    const source = await sourceForWorkers();
    const link = new Link(source === undefined ? opening : { ...opening, source });
    const opened = await link.open();
    return [new Line(link), opened];
  }

  call<Value>(call: Omit<Call, "id">, progress?: Waiting["progress"]): Promise<Value> {
    return this.#link.call(call, progress);
  }

  /** The clock that the ledger goes on with when it is opened again. */
  keepClock(clock: unknown): void {
    this.#link.keepClock(clock);
  }

  /** Closes the ledger when the calls before are done, and ends the worker; does nothing if that was done. */
  async free(): Promise<void> {
    forgotten?.unregister(this);
    await this.#link.free();
  }
}

/** The worker, and those who wait for it. Listeners hold it, so it must not hold its {@link Line}. */
class Link {
  #opening: Opening;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #closed: Error | undefined;
  /** Whether the page is out of sight for good or in the back/forward cache. */
  #away = false;
  #wasOpen = false;
  /** Whether the worker that there is has opened the ledger. */
  #isOpen = false;
  /** Whether the page was left during the first opening, which may have made the ledger of its bytes. */
  #wasCutShort = false;
  #ending = false;
  #freed: Promise<void> | undefined;
  readonly #opened: Promise<Opened>;
  #tellOpened: Waiting | undefined;

  constructor(opening: Opening) {
    this.#opening = opening;
    this.#opened = new Promise((resolve, reject) => {
      this.#tellOpened = { resolve: resolve as Waiting["resolve"], reject };
    });
  }

  /** Opens the ledger for the first time. */
  open(): Promise<Opened> {
    // What is in memory alone would be lost, and keeps nobody out.
    if (this.#opening.how === "open" && typeof document === "object") {
      addEventListener("pagehide", this.#letGo);
      addEventListener("pageshow", this.#takeUp);
    }
    try {
      this.#begin();
    } catch (error) {
      this.close(error as Error);
    }
    return this.#opened;
  }

  call<Value>(call: Omit<Call, "id">, progress?: Waiting["progress"]): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      if (this.#closed !== undefined) throw this.#closed;
      if (this.#away) throw putAway();
      if (this.#worker === undefined) this.#begin();
      this.#send(call, { resolve: resolve as Waiting["resolve"], reject, progress });
    });
  }

  keepClock(clock: unknown): void {
    const options = this.#opening.args.at(-1) as object;
    this.#opening = { ...this.#opening, args: [...this.#opening.args.slice(0, -1), { ...options, clock }] };
  }

  /** Ends the worker when all have their answers. */
  endWhenDone(): void {
    this.#ending = true;
    if (this.#waiting.size === 0) this.close(new TypeError("nobody holds this ledger"));
  }

  free(): Promise<void> {
    this.#freed ??= this.#free();
    return this.#freed;
  }

  async #free(): Promise<void> {
    try {
      // A worker that still waits for the ledger has nothing to let go.
      if (this.#worker !== undefined && this.#isOpen) await this.call({ method: "free", args: [] });
    } finally {
      this.close(new TypeError("this ledger was freed; open it again"));
    }
  }

  close(reason: Error): void {
    this.#closed ??= reason;
    if (typeof document === "object") {
      removeEventListener("pagehide", this.#letGo);
      removeEventListener("pageshow", this.#takeUp);
    }
    this.#end(this.#closed);
    this.#tellOpened?.reject(this.#closed);
  }

  /** Starts a worker. What it is called before the ledger is open waits there. */
  #begin(): void {
    const worker = started();
    this.#worker = worker;
    this.#isOpen = false;
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if (this.#worker === worker) this.#hear(data);
    });
    worker.addEventListener("error", ({ message }) => {
      if (this.#worker === worker) this.close(brokenDown(message, this.#wasOpen));
    });
    const opened = (value: Opened): void => {
      this.#wasOpen = true;
      this.#isOpen = true;
      if (this.#opening.how === "open") this.#opening = openedAgain(this.#opening);
      this.#tellOpened?.resolve(value as never);
    };
    const refused = (error: Error): void => {
      // The next call tries again.
      this.#end(error);
      if (!this.#wasOpen) this.close(this.#wasCutShort ? cutShort() : error);
    };
    this.#send({ method: undefined, args: [this.#opening] }, { resolve: opened as Waiting["resolve"], reject: refused });
  }

  #send(call: Omit<Call, "id">, waiting: Waiting): void {
    const id = this.#next++;
    this.#worker?.postMessage({ ...call, id });
    this.#waiting.set(id, waiting);
  }

  #hear(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    if ("progress" in answer) {
      waiting.progress?.(answer.progress as never);
      return;
    }
    this.#waiting.delete(answer.id);
    if ("problem" in answer) waiting.reject(errorOf(answer.problem));
    else waiting.resolve(answer.value as never);
    if (this.#ending) this.endWhenDone();
  }

  /** Ends the worker and tells those who wait. */
  #end(reason: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(reason);
  }

  /**
   * A page that is put away may be kept, with all that it holds, for as long as the browser likes.
   * There is no time to wait for an answer: what a worker was about is as if its tab was closed.
   */
  readonly #letGo = (): void => {
    this.#away = true;
    // Who waits for the first opening goes on waiting.
    const opening = this.#wasOpen ? undefined : this.#waiting.keys().next().value;
    if (opening !== undefined) {
      this.#waiting.delete(opening);
      this.#wasCutShort = hasBytes(this.#opening);
    }
    this.#end(cutShort());
  };

  readonly #takeUp = (): void => {
    this.#away = false;
    if (this.#worker !== undefined || this.#closed !== undefined) return;
    try {
      this.#begin();
    } catch (error) {
      this.close(error as Error);
    }
  };
}

/** A new worker, or the browser's reason against it. */
function started(): Worker {
  try {
    return startWorker();
  } catch (error) {
    throw brokenDown(error instanceof Error ? error.message : String(error), false);
  }
}

/** How the same ledger is opened again: it has its bytes, and made ids with its seed. */
function openedAgain({ args: [name, given], ...opening }: Opening): Opening {
  const { bytes: _, seed, ...options } = given as { bytes?: unknown; seed?: number | bigint };
  const next = seed === undefined ? {} : { seed: BigInt.asUintN(64, BigInt(seed) + 0x9e37_79b9_7f4a_7c15n) };
  return { ...opening, args: [name, { ...options, ...next }] };
}

/** Whether a ledger is to be made of bytes: to try it again finds that it exists. */
function hasBytes({ args: [, given] }: Opening): boolean {
  return (given as { bytes?: unknown } | undefined)?.bytes !== undefined;
}

function putAway(): RefundryError {
  return new RefundryError({
    code: "canceled",
    number: 201,
    message: "the page is being left; nothing was changed; ask again if it is shown again",
    replayed: false,
  });
}

function cutShort(): RefundryError {
  return machine(
    324,
    "the page was left during this call; it may or may not have been recorded; " +
      "when the page is shown again, look the operation up by its idempotency key",
  );
}

function brokenDown(message: string | undefined, wasOpen: boolean): RefundryError {
  if (wasOpen) {
    return machine(
      324,
      `the ledger's worker failed (${message || "without a word"}); what it was about may or may not have been ` +
        "recorded; open the ledger again and look the operation up by its idempotency key",
    );
  }
  return machine(
    321,
    `the ledger's worker could not be started (${message || "it could not be loaded"}); nothing was changed; ` +
      "serve worker.js and the modules beside it from the page's own origin or with CORS, allow it in worker-src " +
      "of the page's policy, or import refundry/bundled, as esbuild and bun build need",
  );
}
