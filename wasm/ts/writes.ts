/**
 * Writes to the browser's files, gathered. Each write is a message to another process, and SQLite writes each
 * page and its header apart. Only for a worker that has no other code's files.
 */

/** More than most commits write at a time. */
const ROOM = 1 << 16;

/** Has the files that are opened from now on gather their writes, where there are such files. */
export function gatherWrites(): void {
  if (typeof FileSystemFileHandle !== "function") return;
  const open = FileSystemFileHandle.prototype.createSyncAccessHandle;
  FileSystemFileHandle.prototype.createSyncAccessHandle = async function () {
    return new Gathering(await open.call(this));
  };
}

/** An open file. What was written and not yet passed on is what follows it in the file. */
class Gathering implements FileSystemSyncAccessHandle {
  readonly #file: FileSystemSyncAccessHandle;
  readonly #bytes = new Uint8Array(ROOM);
  #begin = 0;
  #length = 0;

  constructor(file: FileSystemSyncAccessHandle) {
    this.#file = file;
  }

  write(bytes: Uint8Array, options: FileSystemReadWriteOptions = {}): number {
    const { at = 0 } = options;
    if (at !== this.#begin + this.#length || this.#length + bytes.length > ROOM) this.#pass();
    if (bytes.length > ROOM) return this.#file.write(bytes, options);
    if (this.#length === 0) this.#begin = at;
    // A copy: what the caller has is its own.
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return bytes.length;
  }

  read(bytes: Uint8Array, options?: FileSystemReadWriteOptions): number {
    this.#pass();
    return this.#file.read(bytes, options);
  }

  getSize(): number {
    this.#pass();
    return this.#file.getSize();
  }

  truncate(size: number): void {
    this.#pass();
    this.#file.truncate(size);
  }

  /** What could not be written is told here at the latest: then nothing was acknowledged. */
  flush(): void {
    this.#pass();
    this.#file.flush();
  }

  close(): void {
    try {
      this.#pass();
    } finally {
      this.#file.close();
    }
  }

  #pass(): void {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    const written = this.#file.write(this.#bytes.subarray(0, length), { at: this.#begin });
    if (written !== length) throw new Error(`${written} of ${length} bytes were written`);
  }
}
