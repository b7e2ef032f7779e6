// The viewer: a real ledger's file, opened in the page.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { assertAccessible, assertFits } from "./axe.mjs";
import { makeBook } from "./book.mjs";
import { DESK, PHONE, ROOT, openAt, picture, shown, start } from "./browser.mjs";
import { scrollThrough } from "./scroll.mjs";

const ENTRIES = 100_000;

let host;
let folder;
let small;
let large;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "refundry-viewer-"));
  small = path.join(folder, "small.refundry");
  large = path.join(folder, "large.refundry");
  writeFileSync(small, await makeBook(1_000));
  writeFileSync(large, await makeBook(ENTRIES));
  host = await start();
});
after(async () => {
  await host?.close();
  rmSync(folder, { recursive: true });
});

async function view(file, options) {
  const page = await openAt(host, "viewer.html", options);
  if (file) {
    await page.setInputFiles("[data-test=file]", file);
    await page.waitForFunction(() => document.querySelector("#list [data-seq]"));
  }
  return page;
}

const allRead = (page) => page.waitForFunction(() => !document.querySelector("[data-test=reading]"));
const search = async (page, text) => {
  await page.fill("[data-test=search]", text);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector('[data-list="found"]')?.ariaPressed === "true");
};
const foundSeqs = (page, count) =>
  page.waitForFunction((wanted) => document.querySelector("[data-test=count]").textContent === `Found: ${wanted}` && document.querySelectorAll("#list [data-seq]").length >= Math.min(wanted, 1), count);

test("a file is opened: merchants, balances, journal, statement, refunds, an entry in full", async () => {
  const page = await view(small);
  const merchants = await page.locator("[data-test=merchant] option").allInnerTexts();
  assert.match(merchants[0], /^مكتبة الإسكندرية \(acct_large\) – 1,\d{3} entries$/);
  assert.equal(merchants[1], "Small Shop (acct_small) – 2 entries");
  await allRead(page);
  await page.selectOption("[data-test=merchant]", "acct_small");
  await page.waitForFunction(() => document.querySelector("[data-test=count]").textContent === "2 entries");
  assert.equal(await page.locator("[data-balance=available] dd").innerText(), "−21,692");
  assert.equal(await page.locator("[data-balance=pending] dd").innerText(), "21,600");
  await page.click("#list [data-seq='2'] button");
  const detail = page.locator("[data-test=detail]");
  await detail.waitFor();
  assert.match(await detail.innerText(), /Available\s+Clearing\s+21,692/);
  assert.match(await detail.locator("pre").innerText(), /"externalReference": "till-7\/42"/);
  await detail.locator("button.link").click();
  await page.waitForFunction(() => document.querySelector("#detail-title").textContent.startsWith("Entry 1"));
  await page.click("[data-list=refunds]");
  await page.waitForFunction(() => document.querySelector("[data-test=count]").textContent === "1 entry");
  await page.click("[data-list=statement]");
  await page.waitForFunction(() => document.querySelector("[data-test=count]").textContent === "2 entries");
  assert.match(await page.locator("#list [data-seq='1']").innerText(), /pending until 1 Jan 2024/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a hand-over is an entry of both books, and no line of a statement", async () => {
  const page = await view(small);
  const count = (text) => page.waitForFunction((wanted) => document.querySelector("[data-test=count]").textContent === wanted, text);
  for (const [merchant, cause, entries, lines] of [["acct_till_1", "Handed over", "2 entries", "1 entry"], ["acct_till_2", "Taken over", "1 entry", "0 entries"]]) {
    await page.selectOption("[data-test=merchant]", merchant);
    await count(entries);
    await allRead(page);
    await page.click("[data-list=statement]");
    await count(lines);
    await page.click("[data-list=journal]");
    await count(entries);
    await page.locator("#list [data-seq]", { hasText: cause }).locator("button").click();
    await page.waitForFunction((wanted) => document.querySelector("#detail-title")?.textContent.includes(wanted), cause);
    const object = JSON.parse(await page.locator("[data-test=detail] pre").innerText());
    assert.equal(object.chargeId, "ch_till");
    assert.equal(object.direction, cause.toLowerCase().replace(" ", "_"));
    await search(page, object.id);
    await foundSeqs(page, "1");
    await search(page, "ch_till");
    await foundSeqs(page, entries.replace(/ .*/, ""));
    await page.click("[data-list=journal]");
  }
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("search finds by id, reference, amount and day", async () => {
  const page = await view(small);
  await allRead(page);
  // A charge, and what was refunded of it.
  await search(page, "ch_3");
  await foundSeqs(page, "2");
  await search(page, "return-4");
  await foundSeqs(page, "1");
  // The rows come after the count.
  await page.waitForFunction(() => /Refund/.test(document.querySelector("#list [data-seq]")?.textContent ?? ""));
  // One that is found alone is shown in full.
  await page.waitForFunction(() => /"return-4"/.test(document.querySelector("[data-test=detail] pre")?.textContent ?? ""));
  await search(page, "10.00");
  await page.waitForFunction(() => Number(document.querySelector("[data-test=count]").textContent.replace("Found: ", "")) > 50);
  await search(page, "2024-01-01");
  await page.waitForFunction(() => /^Found: 1,\d{3}$/.test(document.querySelector("[data-test=count]").textContent));
  await search(page, "ch_unknown");
  await page.waitForFunction(() => document.querySelector("[data-test=count]").textContent === "Found: 0");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("verification shows progress and its verdict, books are saved for other programs, and damage is told", async () => {
  const page = await view(small);
  await page.click("[data-test=verify]");
  await page.waitForSelector("[data-test=verdict]");
  assert.match(await shown(page, "verdict"), /^Sound: every balance and hash of 1,\d{3} entries was checked\.$/);
  const saved = async (button) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  };
  const csv = await saved("[data-test=export]");
  assert.equal(csv.name, "acct_large-journal.csv");
  assert.ok(csv.text.split("\r\n").length > 1_000);
  assert.match(csv.text, /99\.19/);
  for (const [format, name, begin] of [["hledger", "acct_large-hledger.journal", /^;/], ["beancount", "acct_large-book.beancount", /option|^;/]]) {
    await page.selectOption("[data-test=format]", format);
    const journal = await saved("[data-test=export]");
    assert.equal(journal.name, name);
    assert.match(journal.text, begin);
    assert.match(journal.text, /99\.19 EGP/);
  }
  await page.fill("[data-test=month]", "2024-01");
  const statement = await saved("[data-test=statement]");
  assert.equal(statement.name, "acct_large-statement-2024-01.html");
  assert.match(statement.text, /^<!doctype html>[\s\S]*مكتبة الإسكندرية/);

  const broken = path.join(folder, "broken.refundry");
  const bytes = readFileSync(small);
  // A byte of an amount or a hash, deep in the file.
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(broken, bytes);
  await page.setInputFiles("[data-test=file]", broken);
  await page.waitForFunction(() => /broken/.test(document.querySelector(".open")?.textContent ?? "") || document.querySelector("[data-test=problem]"));
  if (!(await page.locator("[data-test=problem]").count())) {
    await page.click("[data-test=verify]");
    await page.waitForSelector("[data-test=verdict].is-refused");
  }
  const noLedger = path.join(folder, "notes.txt");
  writeFileSync(noLedger, "no ledger");
  await page.setInputFiles("[data-test=file]", noLedger);
  await page.waitForSelector("[data-test=problem]");
  assert.match(await shown(page, "problem"), /^This file can’t be opened: /);
  // What was open stays.
  assert.ok(await page.locator("#list [data-seq]").count());
  await page.context().close();
});

test("an older schema is upgraded in the copy, and a newer one is refused", async () => {
  const page = await view(null);
  const data = (name) => path.join(ROOT, "../../tests/data", name);
  for (const name of ["ledger-1.db", "ledger-2.db", "ledger-3.db"]) {
    const bytes = readFileSync(data(name));
    await page.setInputFiles("[data-test=file]", data(name));
    await page.waitForFunction((wanted) => document.querySelector(".open").textContent.includes(wanted), name);
    await page.click("[data-test=verify]");
    await page.waitForSelector("[data-test=verdict].is-done");
    assert.ok(bytes.equals(readFileSync(data(name))), "the file is as it was");
  }
  const newer = path.join(folder, "newer.refundry");
  const bytes = readFileSync(small);
  // The schema's version stands in the header of an SQLite file.
  bytes.writeUInt32BE(bytes.readUInt32BE(60) + 90, 60);
  writeFileSync(newer, bytes);
  await page.setInputFiles("[data-test=file]", newer);
  await page.waitForSelector("[data-test=problem]");
  assert.match(await shown(page, "problem"), /^This file can’t be opened: .*version/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a file that is dropped is opened", async () => {
  const page = await view(null);
  const bytes = readFileSync(small).toString("base64");
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], "dropped.refundry"));
    return transfer;
  }, bytes);
  await page.dispatchEvent("main", "drop", { dataTransfer: data });
  await page.waitForFunction(() => document.querySelector("#list [data-seq]"));
  assert.match(await page.locator(".open").innerText(), /dropped\.refundry/);
  await page.context().close();
});

test("100,000 entries: the first view is there soon, scrolling keeps up, and every row can be reached", async (context) => {
  const page = await view(null);
  const begun = performance.now();
  await page.setInputFiles("[data-test=file]", large);
  await page.waitForFunction(() => document.querySelector("#list [data-seq]"));
  const opened = performance.now() - begun;
  const frames = await page.evaluate(scrollThrough, 120);
  await page.waitForFunction(() => document.querySelector("#list [data-seq]"));
  const beganReading = performance.now();
  await allRead(page);
  const read = performance.now() - beganReading;
  const count = Number((await shown(page, "count")).replace(/\D/g, ""));
  assert.ok(count >= ENTRIES);
  await page.evaluate(() => {
    const list = document.querySelector("#list");
    list.scrollTop = list.scrollHeight;
  });
  await page.waitForSelector(`#list [data-seq="${count}"]`);
  context.diagnostic(JSON.stringify({ count, opened: Math.round(opened), read: Math.round(read), ...frames }));
  assert.ok(opened < 10_000, `${opened} ms`);
  assert.ok(frames.median < 50, `a frame took ${frames.median} ms`);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

for (const language of ["en", "ar"]) {
  for (const [name, options] of Object.entries({ light: { viewport: DESK }, dark: { viewport: DESK, colorScheme: "dark" }, phone: { viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true }, zoom: { viewport: { width: DESK.width / 2, height: DESK.height / 2 } } })) {
    test(`${name}, ${language}: the viewer fits, is legible, and is pictured`, async () => {
      const empty = await view(null, { ...options, language });
      await assertAccessible(empty, "empty");
      await picture(empty, `viewer-${name}-${language}-empty`);
      await empty.context().close();
      const page = await view(small, { ...options, language });
      await allRead(page);
      await page.click("#list [data-seq='5'] button");
      await page.waitForSelector("[data-test=detail]");
      await assertFits(page, "viewer", options.viewport.width);
      await assertAccessible(page, "viewer");
      await picture(page, `viewer-${name}-${language}`);
      await picture(page, `viewer-${name}-${language}-whole`, true);
      assert.deepEqual(page.problems, []);
      await page.context().close();
    });
  }
}
