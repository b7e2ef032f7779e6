// The small module in Node, by itself: the full one wins where both are imported.

import { readFile } from "node:fs/promises";
import path from "node:path";
import test from "node:test";
import * as api from "../pkg/node.js";
import { equal, ok, refused } from "./check.mjs";
import { root, run, scenarios, wasm } from "./places.mjs";
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
    export: () => book.export("hledger", () => undefined),
    statement: () => book.statement(),
    handOverCharge: () => book.handOverCharge("ch_x", "acct_x"),
    takeOverCharge: () => book.takeOverCharge(""),
    refuseHandover: () => book.refuseHandover(""),
    handover: () => book.handover("ho_x"),
    handovers: () => book.handovers(),
    issueKey: () => book.issueKey(),
    revokeKey: () => book.revokeKey("key_x"),
    keys: () => book.keys(),
    authenticate: () => ledger.authenticate("sk_test_x"),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await refused(call, "api_error", { number: 317 });
    ok(error.message.includes(`${name}()`) && error.message.includes("refundry/full"), error.message);
  }
  ledger.free();
});

test("a ledger of the first schema is refused, and told which module upgrades it", async () => {
  const bytes = await readFile(path.join(root, "tests/data/ledger-1.db"));
  const error = await refused(() => api.Ledger.fromBytes(bytes), "api_error", { number: 317 });
  ok(error.message.includes("refundry/full"), error.message);
  const newer = await api.Ledger.fromBytes(await readFile(path.join(root, "tests/data/ledger-2.db")));
  ok(newer.merchants().length > 0, "one of the second schema is upgraded");
  newer.free();
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
