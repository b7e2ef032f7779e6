// The viewer's list with a million rows: more than an element can be high.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createServer } from "vite";
import { ROOT, start } from "./browser.mjs";

const ROWS = 1_000_000;

let host;
let server;
let page;
before(async () => {
  host = await start();
  // The module itself, without a page around it.
  server = await createServer({ root: ROOT, logLevel: "silent", server: { host: "127.0.0.1", port: 4175, hmr: false } });
  await server.listen();
  page = await host.browser.newPage({ viewport: { width: 800, height: 600 } });
  await page.goto(`${server.resolvedUrls.local[0]}tests/blank.html`);
  await page.evaluate(async (rows) => {
    const { Scroller } = await import("/src/viewer/scroller.ts");
    const view = document.querySelector("#view");
    window.scroller = new Scroller(view, (element, place) => (element.textContent = place), () => undefined);
    window.scroller.setCount(rows, true);
  }, ROWS);
});
after(async () => {
  await server?.close();
  await host?.close();
});

/** The first and the last row that are seen, after everything has settled. */
async function seen() {
  await page.waitForTimeout(300);
  return page.evaluate(() => {
    const box = document.querySelector("#view").getBoundingClientRect();
    const rows = [...document.querySelectorAll("#view [role=row]")].filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return top >= box.top - 1 && bottom <= box.bottom + 1;
    });
    return [Number(rows[0].textContent), Number(rows.at(-1).textContent)];
  });
}

test("the scrollbar reaches the last row and the first", async () => {
  assert.equal((await seen())[0], 0);
  await page.evaluate(() => (document.querySelector("#view").scrollTop = 1e9));
  assert.equal((await seen())[1], ROWS - 1);
  await page.evaluate(() => (document.querySelector("#view").scrollTop = 0));
  assert.equal((await seen())[0], 0);
});

test("a turn of the wheel moves as many rows as in a short list, and back again", async () => {
  await page.evaluate(() => window.scroller.showRow(500_000));
  const [before] = await seen();
  assert.ok(before <= 500_000 && before > 499_980, `${before}`);
  await page.mouse.move(100, 100);
  for (let turn = 0; turn < 10; turn += 1) await page.mouse.wheel(0, 72);
  const [after] = await seen();
  assert.ok(after > before + 10 && after < before + 30, `from ${before} to ${after}`);
  for (let turn = 0; turn < 10; turn += 1) await page.mouse.wheel(0, -72);
  const [again] = await seen();
  assert.ok(Math.abs(again - before) <= 1, `${again} instead of ${before}`);
});

test("no row is left out on the way", async () => {
  await page.evaluate(() => window.scroller.showRow(700_000));
  let [, last] = await seen();
  for (let turn = 0; turn < 5; turn += 1) {
    await page.mouse.wheel(0, 180);
    const [first, next] = await seen();
    assert.ok(first <= last + 1 && next > last, `${first}–${next} after ${last}`);
    last = next;
  }
});
