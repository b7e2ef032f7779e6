/** A folder of the browser's origin-private file system that one worker holds: a ledger's own. */

import { RefundryError, invalid } from "./error.js";
import { RawPool } from "./raw.js";
import type { Storage } from "./requests.js";

/** The folder in which all ledgers have theirs. */
const ROOT = "refundry";

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

/** The names of the ledgers that are open in this worker: the browser only keeps others out. */
const taken = new Set<string>();

export class Pool {
  #raw: RawPool | undefined;
  readonly #name: string;
  readonly storage: Storage;

  private constructor(raw: RawPool, name: string, persisted: boolean) {
    this.#raw = raw;
    this.#name = name;
    this.storage = { kind: "opfs", name, persisted };
  }

  static async take(name: string): Promise<Pool> {
    checkName(name);
    if (typeof DedicatedWorkerGlobalScope !== "function" || !navigator.storage?.getDirectory) {
      throw new TypeError(
        "only a dedicated worker of a secure page can open the browser's files; use RemoteLedger.open in a page, or Ledger.inMemory",
      );
    }
    if (taken.has(name)) throw held(name);
    taken.add(name);
    try {
      const persisted = (await navigator.storage.persisted?.()) === true;
      return new Pool(await RawPool.take(`${ROOT}/${name}`), name, persisted);
    } catch (error) {
      taken.delete(name);
      throw isHeld(error) ? held(name) : error;
    }
  }

  /** Lets others have the ledger; does nothing if that was done. */
  release(): void {
    this.#raw?.release();
    this.#raw?.free();
    if (this.#raw !== undefined) taken.delete(this.#name);
    this.#raw = undefined;
  }
}

/** The names of the ledgers that the browser keeps, sorted. */
export async function storedLedgers(): Promise<string[]> {
  const names: string[] = [];
  for await (const name of (await root()).keys()) names.push(name);
  return names.sort();
}

/** Deletes a ledger that the browser keeps, for ever. It must not be open anywhere. */
export async function deleteStoredLedger(name: string): Promise<void> {
  checkName(name);
  try {
    await (await root()).removeEntry(name, { recursive: true });
  } catch (error) {
    throw isHeld(error) ? held(name) : error;
  }
}

async function root(): Promise<FileSystemDirectoryHandle> {
  const files = await navigator.storage.getDirectory();
  return files.getDirectoryHandle(ROOT, { create: true });
}

function checkName(name: string): void {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw invalid("name", "1 to 64 letters, digits, dots, hyphens and underscores, no dot first");
  }
}

function isHeld(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NoModificationAllowedError";
}

function held(name: string): RefundryError {
  return new RefundryError({
    code: "lock_timeout",
    number: 300,
    message: `the ledger ${name} is open already, here or in another tab or worker; nothing was changed; close it there and try again`,
    replayed: false,
  });
}
