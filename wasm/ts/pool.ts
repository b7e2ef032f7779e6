/** A folder of the browser's origin-private file system that one worker holds: a ledger's own. */

import { RefundryError, invalid } from "./error.js";
import { RawPool } from "./raw.js";
import type { Storage } from "./requests.js";

/** The folder in which all ledgers have theirs. */
const ROOT = "refundry";

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

export class Pool {
  readonly #raw: RawPool;
  readonly storage: Storage;

  private constructor(raw: RawPool, storage: Storage) {
    this.#raw = raw;
    this.storage = storage;
  }

  static async take(name: string): Promise<Pool> {
    checkName(name);
    if (typeof DedicatedWorkerGlobalScope !== "function" || !navigator.storage?.getDirectory) {
      throw new TypeError(
        "only a dedicated worker of a secure page can open the browser's files; use RemoteLedger.open in a page, or Ledger.inMemory",
      );
    }
    try {
      const raw = await RawPool.take(`${ROOT}/${name}`);
      const persisted = (await navigator.storage.persisted?.()) === true;
      return new Pool(raw, { kind: "opfs", name, persisted });
    } catch (error) {
      throw isHeld(error) ? held(name) : error;
    }
  }

  release(): void {
    this.#raw.release();
    this.#raw.free();
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
    message: `the ledger ${name} is open in another tab or worker; nothing was changed; close it there and try again`,
    replayed: false,
  });
}
