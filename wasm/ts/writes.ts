/**
 * Writes to the browser's files, gathered until they are flushed. Each write is a message to another process, and
 * SQLite writes a page, its number and its checksum apart.
 */

import { NAMED, endOfLog } from "./log.js";

/** Above this many bytes they are passed on, whether they are to be flushed or not. */
const ROOM = 1 << 18;

/** Where all copies of this package in a worker keep the browser's own way to open a file, while it is replaced. */
const OWN = Symbol.for("refundry.createSyncAccessHandle");

type Opening = FileSystemFileHandle & { [OWN]?: FileSystemFileHandle["createSyncAccessHandle"] };

/**
 * Has the files of a folder gather their writes that are opened while `opening` goes on. Other files are opened as
 * ever. If two copies of this package do this at once, files may be opened that do not gather.
 */
export async function gathering<Value>(
  folder: FileSystemDirectoryHandle,
  opening: () => Promise<Value>,
): Promise<Value> {
  const prototype: Opening = FileSystemFileHandle.prototype;
  const open = (prototype[OWN] ??= prototype.createSyncAccessHandle);
  prototype.createSyncAccessHandle = async function (...options) {
    const isOurs = (await folder.resolve(this)) !== null;
    const file = await open.apply(this, options);
    if (!isOurs) return file;
    mendName(file);
    // What is found in a log is told to the user, though a worker that ended may not have flushed it.
    if (endOfLog(file, Infinity) !== undefined) file.flush();
    return new Gathering(file);
  };
  try {
    return await opening();
  } finally {
    prototype.createSyncAccessHandle = open;
    delete prototype[OWN];
  }
}

/** Where the pool notes what kind of file it is, behind the name. */
const KIND = 512;

/**
 * A power cut while a file got its name may have left its name or its kind alone, and the pool refuses either. Nothing
 * had been written to the file by then, so that it begins anew.
 */
function mendName(file: FileSystemSyncAccessHandle): void {
  if (file.getSize() !== NAMED) return;
  const head = new Uint8Array(KIND + 4);
  file.read(head, { at: 0 });
  const hasName = head[0] !== 0;
  const hasKind = head.subarray(KIND).some((byte) => byte !== 0);
  if (hasName !== hasKind) file.truncate(0);
}

/** Bytes that the file does not have yet. */
class Run {
  begin: number;
  end: number;
  #room = new Uint8Array(1 << 12);

  constructor(begin: number) {
    this.begin = this.end = begin;
  }

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.end - this.begin);
  }

  /** Copies bytes to a place within the run or right behind it: the caller's may change. */
  put(bytes: Uint8Array, at: number): void {
    const from = at - this.begin;
    const needed = from + bytes.length;
    if (needed > this.#room.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#room.length));
      larger.set(this.bytes);
      this.#room = larger;
    }
    this.#room.set(bytes, from);
    this.end = Math.max(this.end, at + bytes.length);
  }

  /** Leaves out what was passed on, from the front. */
  shift(count: number): void {
    this.#room = this.#room.subarray(count);
    this.begin += count;
  }
}

/** Where a read or write begins; the pool says it always. */
interface Place {
  at: number;
}

/**
 * An open file. What is written can be read at once, and a failure to keep it is told by a later write, or by the
 * flush at the latest. What the file did not take stays to be written, until it is written over or cut off. What the
 * file took is its own: if it then fails to flush that, nothing here has it any more.
 *
 * A log that fails to be flushed is cut off where it stood: SQLite takes the commit for not made, and whoever reads the
 * log next would make it.
 */
class Gathering implements FileSystemSyncAccessHandle {
  readonly #file: FileSystemSyncAccessHandle;
  /** Sorted; they neither overlap nor touch. */
  #runs: Run[] = [];
  /** The first byte that was written since the last flush. */
  #since = Infinity;
  /** Why a write failed. A log is not flushed then: what SQLite was told to have failed must not come true. */
  #failed: unknown;

  constructor(file: FileSystemSyncAccessHandle) {
    this.#file = file;
  }

  write(bytes: Uint8Array, { at }: Place): number {
    if (bytes.length === 0) return 0;
    this.#since = Math.min(this.#since, at);
    const end = at + bytes.length;
    const touched = this.#runs.filter((run) => run.begin <= end && at <= run.end);
    const [first] = touched;
    if (first !== undefined && touched.length === 1 && first.begin <= at) first.put(bytes, at);
    else {
      const run = new Run(Math.min(at, first?.begin ?? at));
      for (const old of touched) run.put(old.bytes, old.begin);
      run.put(bytes, at);
      this.#runs = [...this.#runs.filter((other) => !touched.includes(other)), run];
      this.#runs.sort((a, b) => a.begin - b.begin);
    }
    if (this.#runs.reduce((sum, run) => sum + run.end - run.begin, 0) > ROOM) {
      try {
        this.#pass();
      } catch (error) {
        this.#failed = error;
        throw error;
      }
    }
    return bytes.length;
  }

  read(bytes: Uint8Array, { at }: Place): number {
    const read = this.#file.read(bytes, { at });
    // Between the end of the file and what is written beyond it are zeros.
    const length = Math.max(read, Math.min(bytes.length, (this.#runs.at(-1)?.end ?? 0) - at));
    bytes.fill(0, read, length);
    for (const run of this.#runs) {
      const [begin, end] = [Math.max(run.begin, at), Math.min(run.end, at + length)];
      if (begin < end) bytes.set(run.bytes.subarray(begin - run.begin, end - run.begin), begin - at);
    }
    return length;
  }

  getSize(): number {
    return Math.max(this.#file.getSize(), this.#runs.at(-1)?.end ?? 0);
  }

  truncate(size: number): void {
    this.#cutRuns(size);
    this.#file.truncate(size);
  }

  /**
   * Tells of a full disk only where something could not be written. SQLite takes that for "nothing happened", and a
   * flush that fails by itself may come after a cut that stands.
   */
  flush(): void {
    try {
      if (this.#failed !== undefined && endOfLog(this, this.#since) !== undefined) throw this.#failed;
      this.#pass();
      told("InvalidStateError", () => this.#file.flush());
      this.#since = Infinity;
    } catch (error) {
      told("InvalidStateError", () => this.#takeBack());
      throw error;
    } finally {
      this.#failed = undefined;
    }
  }

  /** Does not throw, as that of a file does not: what was not flushed was never promised. */
  close(): void {
    try {
      if (this.#failed === undefined || endOfLog(this, this.#since) === undefined) this.#pass();
    } catch {
      this.#runs = [];
    }
    this.#file.close();
  }

  /**
   * Cuts a log off behind what was flushed. What SQLite wrote after that flush is to be written again, because a flush
   * that failed may have dropped it. Other files keep what SQLite puts right by a journal or a log.
   */
  #takeBack(): void {
    const at = this.#since;
    const end = endOfLog(this, at);
    if (end === undefined || at === Infinity) return;
    const rest = new Uint8Array(Math.max(0, Math.min(end, this.getSize()) - at));
    this.read(rest, { at });
    this.#cutRuns(end);
    try {
      if (this.#file.getSize() > end) this.#file.truncate(end);
      this.#file.flush();
    } finally {
      this.write(rest, { at });
    }
  }

  #cutRuns(size: number): void {
    this.#runs = this.#runs.filter(({ begin }) => begin < size);
    for (const run of this.#runs) run.end = Math.min(run.end, size);
  }

  #pass(): void {
    for (let run = this.#runs[0]; run !== undefined; run = this.#runs[0]) {
      const written = this.#file.write(run.bytes, { at: run.begin });
      // With little room left, a part is written, and the next attempt tells why. Chromium does not throw then: it
      // returns its error, -8, as an unsigned number of 32 bits.
      if (!(written > 0 && written <= run.bytes.length)) {
        throw new DOMException("nothing more could be written", "QuotaExceededError");
      }
      run.shift(written);
      if (run.begin === run.end) this.#runs.shift();
    }
  }
}

/** Gives whatever is thrown this name. */
function told(name: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    throw new DOMException(String(error), name);
  }
}
