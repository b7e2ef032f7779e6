/** What JavaScript runs in, and what it can and can't do there. */

import { type RefundryError, unavailable } from "./error.js";

/** Names of things that only some hosts have. */
interface Host {
  Bun?: unknown;
  Deno?: unknown;
  process?: { versions?: { node?: string } };
  isSecureContext?: boolean;
  navigator?: { userAgent?: string; storage?: StorageManager; locks?: unknown };
}

const host = globalThis as Host;

/** What it is called, if it is no browser. */
function nameOfHost(): string | undefined {
  if (host.Bun !== undefined) return "Bun";
  if (host.Deno !== undefined) return "Deno";
  if (host.navigator?.userAgent === "Cloudflare-Workers") return "workerd";
  return host.process?.versions?.node === undefined ? undefined : "Node";
}

/** The browser's storage, if ledgers can be kept in it. */
export function storageHere(): StorageManager {
  const storage = host.navigator?.storage;
  if (typeof storage?.getDirectory === "function" && host.navigator?.locks !== undefined) return storage;
  throw noStorage();
}

/** Why no ledger can be kept here, and what to use. */
function noStorage(): RefundryError {
  const name = nameOfHost();
  if (name === "workerd") {
    return unavailable("workerd keeps no files: keep what toBytes() gives, or call a Refundry server");
  }
  if (name !== undefined) {
    return unavailable(
      `${name} has no origin-private file system, and its files can't be locked against other programs; ` +
        "for a ledger on disk use Refundry's server, C library or Rust crate; " +
        "for one in memory Ledger.inMemory, or Ledger.fromBytes and toBytes",
    );
  }
  if (host.isSecureContext === false) {
    return unavailable("browsers keep ledgers for secure pages only: serve the page by https, or from localhost");
  }
  return unavailable(
    "this browser has no origin-private file system here; use Ledger.inMemory, or RemoteLedger.inMemory",
  );
}

/** Refuses to open files elsewhere than in a dedicated worker, the only place that can. */
export function requireDedicatedWorker(): void {
  storageHere();
  if (typeof DedicatedWorkerGlobalScope !== "function") {
    throw unavailable(
      "only a dedicated worker can open the browser's files; use RemoteLedger.open in a page, or Ledger.inMemory",
    );
  }
}

/** Refuses where there are no workers. */
export function requireWorkers(): void {
  if (typeof Worker === "function") return;
  throw unavailable(`${nameOfHost() ?? "this host"} has no Web Workers; use Ledger instead of RemoteLedger`);
}
