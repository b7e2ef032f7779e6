/// <reference lib="esnext.disposable" preserve="true" />

/** A ledger in a worker, so that the page stays free; only there can the browser's files be used. */

import type { KeptHead } from "./answers.js";
import { Book } from "./book.js";
import { invalid } from "./error.js";
import { refuseLost } from "./json.js";
import { Ledger } from "./ledger.js";
import { type Calls, Line, type Waiting } from "./line.js";
import type { Lines } from "./long.js";
import type {
  FeedReport,
  Head,
  ImportProgress,
  ImportReport,
  VerifyProgress,
  VerifyReport,
} from "./objects.js";
import { askToKeep } from "./persistence.js";
import { type BatchCall, type Opening, type Outcome, errorOf } from "./protocol.js";
import { storageHere } from "./host.js";
import type {
  ExportFormat,
  LongCall,
  Moment,
  Options,
  Period,
  Storage,
  StoredOptions,
} from "./requests.js";
import { checkName } from "./turn.js";

/** The same methods, whose answers have to be awaited. */
export type Remote<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => infer Value
    ? (...args: Args) => Promise<Value>
    : never;
};

/** What can be handed to a worker: a clock there is the system's, or stands still. */
export interface RemoteOptions extends Options {
  clock?: Moment | undefined;
}

/** How to open a ledger that the browser keeps, in a worker. */
export interface RemoteStoredOptions extends RemoteOptions, Pick<StoredOptions, "bytes" | "wait"> {
  /**
   * Whether to ask the browser at once not to clear the ledger; true if not said. Firefox then asks
   * the user, so that false and `persist()` from a click are friendlier.
   */
  persist?: boolean | undefined;
}

/** Calls that are to share a commit, and those who wait for their outcomes. */
class Together implements Calls {
  readonly #calls: BatchCall[] = [];
  readonly #waiting: Waiting[] = [];
  #sent = false;

  call<Value>(call: BatchCall, progress?: Waiting["progress"]): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      if (progress !== undefined) {
        reject(new TypeError("a batch exports nothing; call the ledger's own book"));
        return;
      }
      if (this.#sent) {
        reject(new TypeError("this batch was sent already; its function must make its calls without waiting"));
        return;
      }
      this.#calls.push(call);
      this.#waiting.push({ resolve: resolve as Waiting["resolve"], reject });
    });
  }

  /** The calls that were made; none can be added. */
  send(): readonly BatchCall[] {
    this.#sent = true;
    return this.#calls;
  }

  /** Gives each its own outcome. */
  tell(outcomes: readonly Outcome[]): void {
    outcomes.forEach((outcome, place) => {
      const waiting = this.#waiting[place];
      if ("problem" in outcome) waiting?.reject(errorOf(outcome.problem));
      else waiting?.resolve(outcome.value as never);
    });
  }

  /** Tells all the same: nothing of the batch was kept. */
  fail(error: Error): void {
    for (const { reject } of this.#waiting) reject(error);
  }
}

/** The books whose calls a batch in a worker takes. */
export interface RemoteBatch {
  /** One merchant's book; a merchant that is not there is told by each of its calls. */
  book(merchantId: string): RemoteBook;
}

/** Runs a call that can be watched and stopped. */
async function watched<Progress, Report>(
  line: Line,
  method: string,
  args: readonly unknown[],
  { progress, signal, ...others }: LongCall<Progress>,
): Promise<Report> {
  signal?.throwIfAborted();
  // See the worker: it looks now and then whether this URL is still there.
  const wanted = signal === undefined ? undefined : URL.createObjectURL(new Blob());
  const revoke = (): void => {
    if (wanted !== undefined) URL.revokeObjectURL(wanted);
  };
  signal?.addEventListener("abort", revoke);
  try {
    const call = { method, args: [...args, others], progress: progress !== undefined };
    return await line.call<Report>(wanted === undefined ? call : { ...call, wanted }, progress);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", revoke);
    revoke();
  }
}

type BookMethods = Omit<Book, "merchantId" | "export">;
type LedgerMethods = Omit<
  Ledger,
  "storage" | "book" | "batch" | "import" | "receive" | "verify" | "setClock" | "free" | typeof Symbol.dispose
>;

/** A {@link Book} in a worker: the same methods, whose answers have to be awaited. */
export interface RemoteBook extends Remote<BookMethods> {}
export class RemoteBook {
  readonly #calls: Calls;
  /** Whose book it is. */
  readonly merchantId: string;

  /** @internal */
  constructor(calls: Calls, merchantId: string) {
    this.#calls = calls;
    this.merchantId = merchantId;
    define(this, Book.prototype, ["constructor", "export"], async (method, args) => {
      // On its way to the worker a request becomes a copy.
      args.forEach(refuseLost);
      return calls.call({ method, merchantId, args });
    });
  }

  /**
   * Gives the book to `write` as text, in pieces of about 64 KiB, which come by messages, and returns the head
   * up to which it was read. If `write` throws, it gets no more. For `refundry/full`.
   */
  async export(format: ExportFormat, write: (piece: string) => void, period: Period = {}): Promise<Head> {
    if (typeof write !== "function") throw invalid("write", "a function");
    let failed: { error: unknown } | undefined;
    const tell = (piece: string): void => {
      if (failed !== undefined) return;
      try {
        write(piece);
      } catch (error) {
        failed = { error };
      }
    };
    const call = { method: "export", merchantId: this.merchantId, args: [format, period], progress: true };
    const head = await this.#calls.call<Head>(call, tell);
    // What `write` did since, the compiler can't see.
    const thrown = failed as { error: unknown } | undefined;
    if (thrown !== undefined) throw thrown.error;
    return head;
  }
}

/**
 * A {@link Ledger} in a worker of its own. It has the same methods, but you `await` their answers.
 *
 * ```ts
 * const ledger = await RemoteLedger.open("shop");
 * const book = await ledger.book("acct_cairo");
 * const refund = await book.createRefund({ chargeId: "ch_1" });
 * ```
 */
export interface RemoteLedger extends Remote<LedgerMethods> {}
export class RemoteLedger {
  readonly #line: Line;
  #storage: Storage;
  #persistence: Promise<boolean> | undefined;

  private constructor(line: Line, storage: Storage) {
    this.#line = line;
    this.#storage = storage;
    const own = ["constructor", "book", "batch", "import", "receive", "verify", "setClock", "free"];
    define(this, Ledger.prototype, own, async (method, args) => {
      args.forEach(refuseLost);
      return line.call({ method, args });
    });
  }

  /** A new ledger in the memory of a worker. */
  static inMemory(options: RemoteOptions = {}): Promise<RemoteLedger> {
    return RemoteLedger.#open({ how: "inMemory", args: [options] });
  }

  /** Opens in the memory of a worker what `toBytes` gave, or a ledger's file read whole. */
  static fromBytes(bytes: Uint8Array, options: RemoteOptions = {}): Promise<RemoteLedger> {
    return RemoteLedger.#open({ how: "fromBytes", args: [bytes, options] });
  }

  /**
   * Opens a ledger that the browser keeps in its origin-private file system, or creates it. One tab
   * at a time can have it open; another waits for `wait` milliseconds, and then gets `lock_timeout`.
   *
   * It also asks the browser not to clear the ledger, and does not wait for what it answers: that
   * is `persistence`.
   *
   * A page that is put into the back/forward cache lets the ledger go, and takes it up again when it
   * is shown again. Calls that it was waiting for are rejected (`api_error`, number 324).
   */
  static async open(name: string, options: RemoteStoredOptions = {}): Promise<RemoteLedger> {
    checkName(name);
    storageHere();
    const { persist = true, ...others } = options;
    const ledger = await RemoteLedger.#open({ how: "open", args: [name, others] });
    if (persist) void ledger.persist();
    return ledger;
  }

  static async #open(opening: Opening): Promise<RemoteLedger> {
    const options = opening.args.at(-1) as { clock?: unknown };
    if (typeof options.clock === "function") {
      throw invalid("clock", "a moment, because a function can't be handed to a worker");
    }
    const [line, { storage }] = await Line.open(opening);
    return new RemoteLedger(line, storage);
  }

  /** Where it is kept, and whether the browser has promised so far not to clear it. */
  get storage(): Storage {
    return this.#storage;
  }

  /**
   * What the browser answers to the last request not to clear the ledger. In Firefox it is pending
   * until the user has answered, which may be never: don't wait for it before you go on.
   */
  get persistence(): Promise<boolean> {
    return this.#persistence ?? Promise.resolve(this.#isPersisted());
  }

  /**
   * Asks the browser not to clear the ledger when space gets short. Firefox asks the user, so call it
   * when they have done something that shows why, such as a click.
   */
  persist(): Promise<boolean> {
    if (this.#storage.kind === "memory") return Promise.resolve(false);
    this.#persistence = askToKeep().then((persisted) => {
      if (this.#storage.kind === "opfs") this.#storage = { ...this.#storage, persisted };
      return persisted;
    });
    return this.#persistence;
  }

  #isPersisted(): boolean {
    return this.#storage.kind === "opfs" && this.#storage.persisted;
  }

  /** One merchant's book. */
  async book(merchantId: string): Promise<RemoteBook> {
    await this.#line.call({ method: "book", args: [merchantId] });
    return new RemoteBook(this.#line, merchantId);
  }

  /**
   * Makes the calls that `work` makes of the batch's books in one commit: the cost of waiting for
   * the disk is shared. Their promises are settled when it is on disk, each with its own outcome; so
   * `work` must return them, not await them. If the machine fails, all are rejected and nothing is
   * kept.
   *
   * ```ts
   * const outcomes = await ledger.batch((batch) => {
   *   const book = batch.book("acct_cairo");
   *   return Promise.allSettled(charges.map((chargeId) => book.createRefund({ chargeId })));
   * });
   * ```
   */
  async batch<Value>(work: (batch: RemoteBatch) => Value): Promise<Awaited<Value>> {
    const together = new Together();
    const value = work({ book: (merchantId) => new RemoteBook(together, merchantId) });
    try {
      together.tell(await this.#line.call({ method: "batch", args: [together.send()] }));
    } catch (error) {
      together.fail(error as Error);
      throw error;
    }
    return await value;
  }

  /**
   * Records objects, one JSON object a line, all of them or none. A `Blob` or `File` is read piece
   * by piece, so it is never in memory as a whole.
   */
  import(lines: Lines, options: LongCall<ImportProgress> = {}): Promise<ImportReport> {
    return watched(this.#line, "import", [sendable(lines)], options);
  }

  /** Takes in a feed of a book in another ledger, which is mirrored here. */
  receive(lines: Lines, options: LongCall<ImportProgress> = {}): Promise<FeedReport> {
    return watched(this.#line, "receive", [sendable(lines)], options);
  }

  /** Reads everything once and checks every invariant and every book's chain. */
  verify(
    options: LongCall<VerifyProgress> & { kept?: readonly KeptHead[] | undefined } = {},
  ): Promise<VerifyReport> {
    return watched(this.#line, "verify", [], options);
  }

  /** Sets a clock that stands still at this moment. */
  async setClock(moment: Moment): Promise<void> {
    await this.#line.call({ method: "setClock", args: [moment] });
    this.#line.keepClock(moment);
  }

  /** Closes the ledger when the calls before are done, and ends the worker. */
  free(): Promise<void> {
    return this.#line.free();
  }

  /** As `free`, for `await using ledger = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.free();
  }
}

/** Lines as they can be sent to a worker: an iterable is read first. */
function sendable(lines: Lines): Lines {
  const isIterable = typeof lines === "object" && Symbol.iterator in lines;
  return isIterable && !(lines instanceof Uint8Array) ? [...lines] : lines;
}

/** Gives an object every method that another kind of object has, done in another way. */
function define(
  object: object,
  methods: object,
  except: readonly string[],
  call: (method: string, args: unknown[]) => Promise<unknown>,
): void {
  for (const name of Object.getOwnPropertyNames(methods)) {
    if (!except.includes(name)) {
      Object.defineProperty(object, name, { value: (...args: unknown[]) => call(name, args) });
    }
  }
}
