// A worker for workerd that runs everything that needs no browser.

import * as api from "refundry/full";
import { ok, refused } from "./cases/check.mjs";
import { fiftyThousand } from "./cases/leaks.mjs";
import { operations } from "./cases/operations.mjs";
import { refusals } from "./cases/refusals.mjs";
import { initSync } from "./node_modules/refundry/full/raw.js";

async function all() {
  let passed = 0;
  for (const [what, run] of Object.entries({ ...operations, ...refusals })) {
    try {
      await run(api);
    } catch (error) {
      return `${what}: ${error.stack}`;
    }
    passed += 1;
  }
  await fiftyThousand(api, initSync);
  for (const call of [() => api.Ledger.open("shop"), () => api.RemoteLedger.open("shop"), () => api.RemoteLedger.inMemory()]) {
    const error = await refused(call, "api_error", { number: 317 });
    ok(/workerd/.test(error.message), error.message);
  }
  return `passed ${passed}`;
}

export default {
  async fetch() {
    return new Response(await all());
  },
};
