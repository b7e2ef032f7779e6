/**
 * Writes to the browser's files, gathered until they are flushed. Each write is a message to another process, and
 * SQLite writes a page, its number and its checksum apart.
 */

/** Above this many bytes they are passed on, whether they are to be flushed or not. */
const ROOM = 1 << 18;

/** Has the files gather their writes that are opened while `opening` goes on. */
export async function gathering<Value>(opening: () => Promise<Value>): Promise<Value> {
  const { prototype } = FileSystemFileHandle;
  const open = prototype.createSyncAccessHandle;
  prototype.createSyncAccessHandle = async function () {
    return new Gathering(await open.call(this));
  };
  try {
    return await opening();
  } finally {
    prototype.createSyncAccessHandle = open;
  }
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

/**
 * An open file. What is written can be read at once, and a failure to keep it is told by a later write, by
 * truncation, or by the flush at the latest. What was not kept then stays to be written, as in the cache of a disk,
 * until it is written over or cut off.
 */
class Gathering implements FileSystemSyncAccessHandle {
  readonly #file: FileSystemSyncAccessHandle;
  /** Sorted; they neither overlap nor touch. */
  #runs: Run[] = [];
  #cursor = 0;

  constructor(file: FileSystemSyncAccessHandle) {
    this.#file = file;
  }

  write(bytes: Uint8Array, { at = this.#cursor }: FileSystemReadWriteOptions = {}): number {
    if (bytes.length === 0) return 0;
    const end = (this.#cursor = at + bytes.length);
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
    if (this.#runs.reduce((sum, run) => sum + run.end - run.begin, 0) > ROOM) this.#pass();
    return bytes.length;
  }

  read(bytes: Uint8Array, { at = this.#cursor }: FileSystemReadWriteOptions = {}): number {
    const read = this.#file.read(bytes, { at });
    // Between the end of the file and what is written beyond it are zeros.
    const length = Math.max(read, Math.min(bytes.length, (this.#runs.at(-1)?.end ?? 0) - at));
    bytes.fill(0, read, length);
    for (const run of this.#runs) {
      const [begin, end] = [Math.max(run.begin, at), Math.min(run.end, at + length)];
      if (begin < end) bytes.set(run.bytes.subarray(begin - run.begin, end - run.begin), begin - at);
    }
    this.#cursor = at + length;
    return length;
  }

  getSize(): number {
    return Math.max(this.#file.getSize(), this.#runs.at(-1)?.end ?? 0);
  }

  truncate(size: number): void {
    this.#runs = this.#runs.filter(({ begin }) => begin < size);
    for (const run of this.#runs) run.end = Math.min(run.end, size);
    this.#cursor = Math.min(this.#cursor, size);
    this.#file.truncate(size);
  }

  flush(): void {
    this.#pass();
    this.#file.flush();
  }

  /** Does not throw, as that of a file does not: what was not flushed was never promised. */
  close(): void {
    try {
      this.#pass();
    } catch {
      this.#runs = [];
    }
    this.#file.close();
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
