// The browser's files as far as a ledger uses them, with disks that get full and machines that lose power.

/** The same numbers each time, below a limit. */
export function randomBelow(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** What a sector of a disk holds: it is written whole or not at all. */
const SECTOR = 512;
/** Before a file's own bytes is the pool's page with its name. */
const NAMED = 4096;

/** A disk with files. What was written and not flushed may be lost with the power, in any order. */
export class Disk {
  files = new Map();
  /** How many bytes its files may have together. */
  room = Infinity;
  /** How many calls from now the power fails. */
  life = Infinity;
  /** Whether a call fails now, for another reason than a full disk. */
  fails = () => false;
  /** What a call throws that fails, and whether a flush that fails drops what it should have kept. */
  failure = "InvalidStateError";
  drops = () => false;
  counts = { read: 0, write: 0, truncate: 0, flush: 0 };
  /** How often a name was changed; a power cut may tear it. */
  names = 0;
  #generation = 0;

  get used() {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Everything is as the disk has it, and whoever had the files open has them no more. */
  restart(below) {
    this.#generation += 1;
    this.life = Infinity;
    for (const file of this.files.values()) file.losePower(below);
  }

  /** Turns a ledger's files into those of the version before: its bytes, a journal that was cut off, and no log. */
  older(bytes) {
    for (const file of this.files.values()) {
      const [name] = new TextDecoder().decode(file.bytes.subarray(0, 512)).split("\0");
      const head = name.endsWith("-wal") ? new Uint8Array(NAMED) : file.bytes.slice(0, NAMED);
      file.become(name !== "" && !/-(wal|journal)$/.test(name) ? Buffer.concat([head, bytes]) : head);
    }
  }

  open(name, { mode = "readwrite" } = {}) {
    if (!this.files.has(name)) this.files.set(name, new File());
    const file = this.files.get(name);
    const generation = this.#generation;
    const alive = (call) => {
      if (generation !== this.#generation || this.life <= 0) throw new DOMException("no power", "InvalidStateError");
      this.life -= 1;
      this.counts[call] += 1;
      if (this.life <= 0) throw new DOMException("no power", "InvalidStateError");
      if (this.fails(call)) {
        if (call === "flush" && this.drops()) file.drop();
        throw new DOMException("broken", call === "flush" ? this.failure : "InvalidStateError");
      }
    };
    const more = (size) => Math.max(0, size - file.bytes.length) > Math.max(0, this.room - this.used);
    return {
      mode,
      read(to, { at }) {
        alive("read");
        const part = file.bytes.subarray(at, at + to.length);
        to.set(part);
        return part.length;
      },
      write: (bytes, { at }) => {
        alive("write");
        if (bytes.length === 0) return 0;
        if (at < NAMED && bytes.some((byte, n) => byte !== file.bytes[at + n])) this.names += 1;
        let part = bytes;
        if (more(at + bytes.length)) {
          // As Chromium does: a part is written where there is room for a part.
          const end = file.bytes.length + Math.max(0, this.room - this.used);
          part = bytes.subarray(0, Math.max(0, end - at));
          // Then Chromium returns -8 as an unsigned number; the standard has it thrown.
          if (part.length === 0 && this.counts.write % 2 === 0) return 2 ** 32 - 8;
          if (part.length === 0) throw new DOMException("full", "QuotaExceededError");
        }
        file.write(part.slice(), at);
        return part.length;
      },
      truncate(size) {
        alive("truncate");
        if (more(size)) throw new DOMException("full", "QuotaExceededError");
        file.truncate(size);
      },
      flush() {
        alive("flush");
        file.flush();
      },
      getSize: () => file.bytes.length,
      close() {},
    };
  }
}

class File {
  bytes = new Uint8Array(0);
  #kept = new Uint8Array(0);
  /** What was done since the last flush. */
  #done = [];

  write(bytes, at) {
    this.#done.push({ bytes, at });
    this.bytes = written(this.bytes, bytes, at);
  }

  truncate(size) {
    this.#done.push({ size });
    this.bytes = resized(this.bytes, size);
  }

  flush() {
    for (const { bytes, at, size } of this.#done) {
      this.#kept = size === undefined ? written(this.#kept, bytes, at) : resized(this.#kept, size);
    }
    this.#done = [];
  }

  /** Holds these bytes for good. */
  become(bytes) {
    [this.bytes, this.#kept, this.#done] = [Uint8Array.from(bytes), Uint8Array.from(bytes), []];
  }

  /** As Linux does after a failed flush: what was written can be read until the power goes, and is never kept. */
  drop() {
    this.#done = this.#done.filter(({ size }) => size !== undefined);
  }

  /** Sectors reach the disk in any order; which of the sizes it has by then is anybody's guess. */
  losePower(below) {
    let bytes = this.#kept;
    const all = below(3) === 0 ? below(2) : undefined;
    for (const { bytes: part, at, size } of this.#done) {
      const isKept = () => all ?? below(2);
      if (size !== undefined) {
        if (isKept() === 1) bytes = resized(bytes, size);
        continue;
      }
      for (let from = 0; from < part.length; ) {
        const place = at + from;
        const length = Math.min(SECTOR - (place % SECTOR), part.length - from);
        if (isKept() === 1) bytes = written(bytes, part.subarray(from, from + length), place);
        from += length;
      }
    }
    this.#kept = bytes;
    this.#done = [];
    this.bytes = bytes.slice();
  }
}

function written(old, bytes, at) {
  const next = at + bytes.length > old.length ? resized(old, at + bytes.length) : old.slice();
  next.set(bytes, at);
  return next;
}

function resized(old, size) {
  const next = new Uint8Array(size);
  next.set(old.subarray(0, size));
  return next;
}

/** Makes Node look like a worker of a browser with this disk. `disk` is asked anew at each opening. */
export function pretend(disk) {
  const folder = (path) => ({
    kind: "directory",
    resolve: async ({ name }) => (name.startsWith(path) ? name.slice(path.length).split("/") : null),
    getDirectoryHandle: async (name) => folder(`${path}${name}/`),
    getFileHandle: async (name) => new FileSystemFileHandle(`${path}${name}`),
    removeEntry: async (name) => {
      for (const file of disk().files.keys()) if (`${file}/`.startsWith(`${path}${name}/`)) disk().files.delete(file);
    },
    async *entries() {
      for (const file of disk().files.keys()) {
        const name = file.slice(path.length);
        if (file.startsWith(path) && !name.includes("/")) yield [name, new FileSystemFileHandle(file)];
      }
    },
  });
  class FileSystemFileHandle {
    kind = "file";
    constructor(name) {
      this.name = name;
    }
    async createSyncAccessHandle(options) {
      return disk().open(this.name, options);
    }
  }
  class DedicatedWorkerGlobalScope {
    static [Symbol.hasInstance]() {
      return true;
    }
  }
  const locks = { request: async (_name, _options, hold) => hold() };
  const navigator = { locks, storage: { getDirectory: async () => folder("") } };
  const here = { DedicatedWorkerGlobalScope, FileSystemFileHandle, FileSystemSyncAccessHandle: class {}, navigator };
  for (const [name, value] of Object.entries(here)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}
