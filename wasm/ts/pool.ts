/** A folder of the browser's origin-private file system that one worker holds: a ledger's own. */

import { failed } from "./error.js";
import type { RawPool } from "./full/raw.js";
import { storageHere } from "./host.js";
import type { Raw } from "./load.js";
import { isKept } from "./persistence.js";
import type { Storage } from "./requests.js";
import { Turn, checkName, held } from "./turn.js";
import { gathering } from "./writes.js";

/** The folder in which all ledgers have theirs. */
const ROOT = "refundry";

/** How long browsers take at most to notice that who held a file is gone. */
const AFTERMATH = 2_000;

export class Pool {
  #raw: RawPool | undefined;
  readonly #turn: Turn;
  readonly storage: Storage;

  private constructor(raw: RawPool, turn: Turn, persisted: boolean) {
    this.#raw = raw;
    this.#turn = turn;
    this.storage = { kind: "opfs", name: turn.name, persisted };
  }

  /** Takes hold of the folder of the ledger whose turn this is, which ends if it can't be had. @internal */
  static async take({ RawPool }: Raw, turn: Turn): Promise<Pool> {
    try {
      const persisted = await isKept();
      const take = async (): Promise<RawPool> => {
        const folder = await (await root()).getDirectoryHandle(turn.name, { create: true });
        return gathering(folder, () => RawPool.take(`${ROOT}/${turn.name}`));
      };
      return new Pool(await whenLeft(turn, take), turn, persisted);
    } catch (error) {
      turn.release();
      throw error;
    }
  }

  /** Lets others have the ledger; does nothing if that was done. */
  release(): void {
    if (this.#raw === undefined) return;
    this.#raw.release();
    this.#raw.free();
    this.#raw = undefined;
    this.#turn.release();
  }
}

/** The names of the ledgers that the browser keeps, sorted. */
export async function storedLedgers(): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const name of (await root()).keys()) names.push(name);
  } catch (error) {
    throw failed(error, "folder");
  }
  return names.sort();
}

/** Deletes a ledger that the browser keeps, for ever. It must not be open anywhere. */
export async function deleteStoredLedger(name: string): Promise<void> {
  checkName(name);
  const turn = await Turn.take(name, 0);
  try {
    await whenLeft(turn, async () => (await root()).removeEntry(name, { recursive: true }));
  } finally {
    turn.release();
  }
}

/**
 * Does something with the files of a ledger. Browsers hold the files of a worker that has ended for a
 * moment longer than its lock, so that it is tried again.
 */
async function whenLeft<Value>({ name, deadline }: Turn, attempt: () => Promise<Value>): Promise<Value> {
  const end = Math.max(deadline, Date.now() + AFTERMATH);
  for (let pause = 10; ; pause = Math.min(pause * 2, 200)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isHeld(error)) throw failed(error, name);
      if (Date.now() + pause > end) throw held(name);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function root(): Promise<FileSystemDirectoryHandle> {
  return (await storageHere().getDirectory()).getDirectoryHandle(ROOT, { create: true });
}

function isHeld(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NoModificationAllowedError";
}
