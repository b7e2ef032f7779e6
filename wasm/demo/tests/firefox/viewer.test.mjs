// The viewer and the simulator in headless Firefox.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { serve } from "../../../test/browser.mjs";
import { firefox } from "../../../test/firefox.mjs";
import { makeBook } from "../book.mjs";
import { ROOT } from "../browser.mjs";
import { scrollThrough } from "../scroll.mjs";

const ENTRIES = Number(process.env.ENTRIES ?? 100_000);

let server;
let browser;
let folder;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "refundry-viewer-"));
  // The protocol makes functions of text, which the page's policy forbids; the tests in Chromium keep the policy.
  const bare = (name) => readFileSync(`${ROOT}dist/${name}`, "utf8").replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
  server = await serve(`${ROOT}dist`, { "/": bare("index.html"), "/viewer.html": bare("viewer.html") });
  browser = await firefox();
});
after(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true });
});

test("Firefox opens a large ledger, scrolls through it, and finds in it", async (context) => {
  const file = process.env.LEDGER ?? path.join(folder, "large.refundry");
  if (!process.env.LEDGER) writeFileSync(file, await makeBook(ENTRIES));
  const page = await browser.open(`${server.origin}/viewer.html?lang=en`);
  const begun = performance.now();
  await page.setFile("[data-test=file]", file);
  await page.evaluate(until, "#list [data-seq]");
  const opened = performance.now() - begun;
  const frames = await page.evaluate(scrollThrough, 120);
  context.diagnostic(JSON.stringify({ opened: Math.round(opened), ...frames }));
  await page.evaluate(untilGone, "[data-test=reading]");
  const found = await page.evaluate(async () => {
    document.querySelector("[data-test=search]").value = "ch_3";
    document.querySelector("form[role=search]").requestSubmit();
    while (!document.querySelector("[data-test=count]").textContent.startsWith("Found: ")) await new Promise(requestAnimationFrame);
    return document.querySelector("[data-test=count]").textContent;
  });
  assert.equal(found, "Found: 2");
  assert.ok(opened < 20_000, `${opened} ms`);
  assert.ok(frames.median < 50, `a frame took ${frames.median} ms`);
  await page.close();
});

test("Firefox plays a scenario, in Arabic too", async () => {
  for (const [language, headline] of [["en", /^The customer got EGP.226\.04 back\./], ["ar", /^استرد العميل/]]) {
    const page = await browser.open(`${server.origin}/?lang=${language}#first/3`);
    await page.evaluate(until, "#page:not([aria-busy]) [data-test=headline]");
    assert.match(await page.evaluate(() => document.querySelector("[data-test=headline]").textContent), headline);
    await page.close();
  }
});

async function until(selector) {
  while (!document.querySelector(selector)) await new Promise(requestAnimationFrame);
}

async function untilGone(selector) {
  while (document.querySelector(selector)) await new Promise(requestAnimationFrame);
}
