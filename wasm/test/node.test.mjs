// Everything in Node.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import * as api from "../pkg/full/node.js";
import { initSync } from "../pkg/full/raw.js";
import { equal, ok } from "./check.mjs";
import { fiftyThousand } from "./leaks.mjs";
import { operations } from "./operations.mjs";
import { native, root, run, scenarios } from "./places.mjs";
import { receipts } from "./receipts.mjs";
import { refusals } from "./refusals.mjs";
import { tellAgain } from "./scenarios.mjs";
import { shop } from "./shop.mjs";

for (const [name, run] of Object.entries({ ...operations, ...receipts, ...refusals })) {
  test(name, () => run(api));
}

test("two hundred stories end as they do natively", async () => {
  equal(await tellAgain(api, (await scenarios()).split("\n")), 200);
});

test("bytes are a file for sqlite3 and for the native library", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "refundry-"));
  try {
    const { ledger, book, charge } = await shop(api);
    const { id } = charge();
    book.createRefund({ chargeId: id, amount: "10900", description: "كتاب" }, "k");
    const file = path.join(folder, "shop.refundry");
    await writeFile(file, ledger.toBytes());
    const counted = await run("sqlite3", [file, "PRAGMA integrity_check; SELECT count(*) FROM entries WHERE cause = 3"]);
    equal(counted, "ok\n1\n");
    const told = await run(await native("examples/verify"), [file]);
    const { seq, hash } = book.head();
    equal(told, `1 books and 2 journal entries are sound\nacct_cairo ${seq}:${hash}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a ledger of the first schema is upgraded, and says what it said", async () => {
  const ledger = await api.Ledger.fromBytes(await readFile(path.join(root, "tests/data/ledger-1.db")));
  const lines = (await readFile(path.join(root, "tests/data/ledger-1.jsonl"), "utf8")).trim().split("\n");
  equal(ledger.verify().books, 10);
  let compared = 0;
  for (const { merchant, head, balances, funds, entry } of lines.map((line) => JSON.parse(line))) {
    const book = typeof merchant === "string" ? ledger.book(merchant) : undefined;
    if (head !== undefined) equal(`${book.head().seq}:${book.head().hash}`, head);
    else if (balances !== undefined) equal(book.balances(), balances);
    else if (funds !== undefined) equal(book.funds(), funds);
    else if (entry !== undefined) equal(book.journalEntry(entry.id), entry);
    else continue;
    compared += 1;
  }
  equal(compared, 77);
  ledger.free();
});

test("fifty thousand calls and three hundred ledgers leave nothing behind", async () => {
  await fiftyThousand(api, initSync);
});

test("a ledger that is forgotten is collected", async () => {
  ok(typeof FinalizationRegistry === "function", "there is a registry");
  const size = () => initSync().memory.buffer.byteLength;
  const forget = async (count) => {
    for (let i = 0; i < count; i += 1) {
      (await api.Ledger.inMemory()).createMerchant({ name: "Forgotten" });
      if (i % 50 === 49) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
  };
  const growth = async (work) => {
    const before = size();
    await work();
    return size() - before;
  };
  await forget(200);
  // How many are there at a time depends on when the engine comes to it, so memory may grow a little.
  const forgotten = await growth(() => forget(600));
  const kept = [];
  const ofKept = await growth(async () => {
    while (kept.length < 100) {
      kept.push(await api.Ledger.inMemory());
      kept.at(-1).createMerchant({ name: "Kept" });
    }
  });
  for (const ledger of kept) ledger.free();
  ok(forgotten < ofKept / 4, `600 forgotten take ${forgotten} bytes, 100 kept ${ofKept}`);
});
