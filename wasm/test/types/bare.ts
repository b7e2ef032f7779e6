// Compiled and never run: the types need neither the DOM's library nor Node's.

import { Ledger, type Signal, load, storedLedgerReleased } from "refundry";
import { RemoteLedger } from "refundry/bundled";
import module from "refundry/refundry.wasm";

export async function bare(signal: Signal, bytes: Uint8Array): Promise<string> {
  await load(module);
  await load(bytes);
  const ledger = await Ledger.fromBytes(bytes);
  ledger.import(bytes, { signal });
  await storedLedgerReleased("shop", { signal });
  const remote = await RemoteLedger.open("shop", { wait: 1 });
  return remote.storage.kind + ledger.merchants().length;
}

// @ts-expect-error there is no such thing here, so that nothing above was checked against it
export type None = AbortSignal;
