// Exports and statements of a real shop's days are the server's, to the byte.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { Ledger, RefundryError } from "../pkg/full/node.js";
import { equal, ok } from "./check.mjs";
import { native, root, run } from "./places.mjs";

const MERCHANT = "acct_united_kingdom";
const FORMATS = {
  hledger: ["hledger"],
  ledger: ["ledger"],
  beancount: ["beancount"],
  "csv-journal": ["csv"],
  "csv-statement": ["csv", "--table", "statement"],
  "csv-refunds": ["csv", "--table", "refunds"],
  "csv-charges": ["csv", "--table", "charges"],
  "csv-disputes": ["csv", "--table", "disputes"],
};

let folder;
let file;
let book;

before(async () => {
  const data = (name) => readFile(path.join(root, "tests/data", name), "utf8");
  const ledger = await Ledger.inMemory({ clock: "2010-12-12T12:00:00.000Z", seed: 1 });
  ledger.import(await data("retail.jsonl"));
  for (const line of (await data("retail-refunds.jsonl")).trim().split("\n")) {
    const { merchantId, idempotencyKey, ...request } = JSON.parse(line);
    try {
      ledger.book(merchantId).createRefund(request, idempotencyKey);
    } catch (error) {
      if (!(error instanceof RefundryError)) throw error;
    }
  }
  folder = await mkdtemp(path.join(tmpdir(), "refundry-"));
  file = path.join(folder, "shop.refundry");
  await writeFile(file, ledger.toBytes());
  book = ledger.book(MERCHANT);
});

after(() => rm(folder, { recursive: true }));

async function server(...args) {
  return run(await native("refundry-server"), [...args, "--database", file], { maxBuffer: 1 << 26 });
}

for (const [format, args] of Object.entries(FORMATS)) {
  test(`${format} is what the server exports`, async () => {
    for (const period of [{}, { from: "2010-12-03", to: "2010-12-07" }]) {
      const pieces = [];
      book.export(format, (piece) => pieces.push(piece), period);
      const [name, ...more] = args;
      const ends = Object.entries(period).flatMap(([end, day]) => [`--${end}`, day]);
      const text = await server("export", name, MERCHANT, ...more, ...ends);
      ok(pieces.join("") === text, `${format} differs from ${text.length} characters of the server's`);
      const mayBeShort = format === "csv-disputes" || period.from !== undefined;
      ok(mayBeShort || text.length > 1_000, `${format} has ${text.length} characters`);
    }
    equal(book.export(format, () => undefined).seq, book.head().seq);
  });
}

test("statements are the server's, in each format and language", async () => {
  for (const format of ["text", "html", "csv"]) {
    for (const language of ["en", "ar"]) {
      const zone = "Africa/Cairo";
      const said = await server("statement", MERCHANT, "--month", "2010-12", "--zone", zone, "--format", format, "--lang", language);
      ok(book.statement({ month: "2010-12", zone, format, language }) === said, `${format} in ${language}`);
      ok(said.length > 1_000, said);
    }
  }
});
