// The small module in Node, by itself: the full one wins where both are imported.

import test from "node:test";
import * as api from "../pkg/node.js";
import { equal, ok, refused } from "./check.mjs";
import { run, scenarios, wasm } from "./places.mjs";
import { tellAgain } from "./scenarios.mjs";
import { shop } from "./shop.mjs";

test("two hundred stories end as they do natively", async () => {
  equal(await tellAgain(api, (await scenarios()).split("\n"), () => undefined), 200);
});

test("what only the full module has is refused, and says where it is", async () => {
  const { ledger, book } = await shop(api);
  const calls = {
    import: () => ledger.import(""),
    receive: () => ledger.receive(""),
    forks: () => ledger.forks(),
    verify: () => ledger.verify(),
    feed: () => book.feed(),
    receipt: () => book.receipt("re_x"),
    checkpoint: () => book.checkpoint(),
    consistency: () => book.consistency(0, 0),
    extendTree: () => book.extendTree(),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await refused(call, "api_error", { number: 317 });
    ok(error.message.includes(`${name}()`) && error.message.includes("refundry/full"), error.message);
  }
  ledger.free();
});

test("the full module wins wherever it is imported, and open ledgers go on", async () => {
  const script = `
    import { Ledger } from "./pkg/node.js";
    const before = await Ledger.inMemory();
    const { id } = before.createMerchant({ name: "Cairo Books" });
    await import("./pkg/full/node.js");
    const after = await Ledger.fromBytes(before.toBytes());
    before.createMerchant({ name: "Giza Books" });
    console.log(after.verify().books, before.merchants().length, after.merchants()[0].id === id);
  `;
  equal(await run("node", ["--input-type=module", "--eval", script], { cwd: wasm }), "1 2 true\n");
});
