// The small module in Node, by itself: the full one wins where both are imported.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
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
    event: () => book.event("evt_1"),
    events: () => book.events(),
    eventsAfter: () => book.eventsAfter(null, 1),
    totals: () => book.totals({ seq: 0, hash: "0" }),
    pruneIdempotencyKeys: () => ledger.pruneIdempotencyKeys(new Date()),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await refused(call, "api_error", { number: 317 });
    ok(error.message.includes(`${name}()`) && error.message.includes("refundry/full"), error.message);
  }
  ledger.free();
});

test("messages quote what they are about", async () => {
  const { ledger, book } = await shop(api);
  const field = await refused(() => book.createRefund({ chargeId: "ch_x", "n\u00f6": 1 }), "parameter_unknown");
  ok(field.message.includes('"n\u00f6"'), field.message);
  const id = await refused(() => book.charge("ch_x"), "resource_missing");
  ok(id.message.includes('"ch_x"'), id.message);
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

// Parsing this needs much of SQLite that the small module never runs, and some that it has not.
const THEIRS = `
  CREATE TABLE notes (note, at TEXT DEFAULT current_timestamp CHECK (julianday(at) > 0), day AS (date(at)));
  CREATE INDEX notes_by_moment ON notes (strftime('%s', at)) WHERE datetime(at) > '2024';
  CREATE VIEW ranked AS SELECT note, row_number() OVER (PARTITION BY day ORDER BY at) FROM notes;
  CREATE VIEW counted AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT * FROM n FULL JOIN notes;
  CREATE TRIGGER noted AFTER DELETE ON notes BEGIN UPDATE notes SET note = time('now'); END;
  CREATE VIRTUAL TABLE words USING fts5(word);
  CREATE INDEX by_moment ON entries (recorded_at);
  INSERT INTO notes (note, at) VALUES ('paid', '2024-01-02');
  ANALYZE;`;

test("what others keep in a ledger's file stays there, and what would change the ledger is refused", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "refundry-"));
  const file = path.join(folder, "ledger");
  const changed = async (bytes, sql) => {
    await writeFile(file, bytes);
    await run("sqlite3", [file, `PRAGMA trusted_schema = ON; ${sql}`]);
    return readFile(file);
  };
  try {
    const { ledger, charge } = await shop(api);
    const { id: chargeId } = charge();
    const bytes = ledger.toBytes();
    ledger.free();
    const shared = await api.Ledger.fromBytes(await changed(bytes, THEIRS));
    const refund = shared.book("acct_cairo").createRefund({ chargeId, amount: 10_900 });
    equal(refund.amount, "10900");
    const rows = await changed(shared.toBytes(), "SELECT 1");
    shared.free();
    await writeFile(file, rows);
    equal(await run("sqlite3", [file, "SELECT note, day FROM notes; SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'notes'"]), "paid|2024-01-02\n2\n");
    const sql = "CREATE TRIGGER theirs AFTER INSERT ON entries BEGIN SELECT date('now'); END";
    const trigger = await changed(bytes, sql);
    await refused(() => api.Ledger.fromBytes(trigger), "ledger_unsound");
  } finally {
    await rm(folder, { recursive: true });
  }
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
