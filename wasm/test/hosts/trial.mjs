// Run by each host in a project with the package: everything that needs no browser.

import * as api from "refundry/full";
import * as bundled from "refundry/full/bundled";
import { equal, ok, refused } from "./cases/check.mjs";
import { fiftyThousand } from "./cases/leaks.mjs";
import { operations } from "./cases/operations.mjs";
import { refusals } from "./cases/refusals.mjs";
import { initSync } from "./node_modules/refundry/full/raw.js";

const name = process.argv[2];
let passed = 0;
for (const [what, run] of Object.entries({ ...operations, ...refusals })) {
  try {
    await run(api);
  } catch (error) {
    console.log(`${what}: ${error.stack}`);
    process.exit(1);
  }
  passed += 1;
}

await fiftyThousand(api, initSync);

equal((await bundled.Ledger.inMemory()).merchants(), []);
for (const call of [
  () => api.Ledger.open("shop"),
  () => api.RemoteLedger.open("shop"),
  () => api.storedLedgers(),
  () => api.deleteStoredLedger("shop"),
  () => api.storedLedgerReleased("shop"),
]) {
  const error = await refused(call, "api_error", { number: 317 });
  ok(error.message.includes(name) && /server, C library or Rust crate/.test(error.message), error.message);
}
if (name === "Node") {
  const error = await refused(() => api.RemoteLedger.inMemory(), "api_error", { number: 317 });
  ok(/Node has no Web Workers/.test(error.message), error.message);
} else {
  for (const { RemoteLedger } of [api, bundled]) {
    const ledger = await RemoteLedger.inMemory({ seed: 1 });
    await ledger.createMerchant({ id: "acct_there", name: "There" });
    equal((await ledger.merchants()).length, 1);
    await ledger.free();
  }
}
console.log(`passed ${passed}`);
process.exit(0);
