// The page as its users meet it: by hand and by keyboard, with its downloads and its links.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { balancesShown, open, picture, shown, start, travel } from "./browser.mjs";

const MODES = ["first", "storm", "shop", "double-click", "dispute", "hand"];

let host;
before(async () => (host = await start()));
after(() => host?.close());

test("by hand: charge, refund, mature, pay out, and be refused in the ledger’s words", async () => {
  const page = await open(host, "hand");
  await page.click("button.primary:has-text('Charge')");
  assert.equal((await balancesShown(page)).pending, "216.92");

  await page.click("[data-form=refund]");
  await page.fill("input[name=description]", "أعاد العميل الكتاب");
  await page.fill("input[name=amount]", "109.00");
  await page.click("form .primary");
  assert.equal((await balancesShown(page)).available, "−109.00");
  assert.equal(await page.locator("[data-change=available] .after").innerText(), "−109.00");
  const quote = page.locator("[data-test=quote]");
  assert.equal(await quote.evaluate((element) => getComputedStyle(element).direction), "rtl");

  await page.fill("input[name=amount]", "200");
  await page.click("form .primary");
  assert.match(await shown(page, "said"), /^Refused: only EGP 117.04 of this charge is left to refund.$/);
  assert.equal(await page.locator("[data-test=said]").getAttribute("role"), "alert");
  assert.equal(await shown(page, "headline"), "Refused: only EGP 117.04 of this charge is left to refund.");
  await picture(page, "refusal");

  await page.fill("input[name=amount]", "1.234");
  await page.click("form .primary");
  assert.equal(await shown(page, "said"), "Write the amount like 226.04.");

  await page.click("[data-form=time]");
  await page.click("[data-days='2']");
  assert.equal((await balancesShown(page)).available, "107.92");

  await page.click("[data-form=payout]");
  await page.fill("input[name=amount]", "107.92");
  await page.click("form .primary");
  assert.equal((await balancesShown(page)).payout_transit, "107.92");
  await page.click(".payout button:has-text('paid')");
  assert.equal((await balancesShown(page)).bank, "−107.92");

  await page.click("[data-form=other]");
  await page.click("button:has-text('Send it back')");
  assert.equal((await balancesShown(page)).available, "109.00");
  assert.match(await shown(page, "check"), /^6 entries, sound$/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("amounts are written with their currency’s decimals", async () => {
  const page = await open(host, "hand");
  for (const [code, balance] of [["KWD", "21.692"], ["JPY", "21,692"]]) {
    await page.selectOption("[data-test=currency]", code);
    await page.click("button.primary:has-text('Charge')");
    assert.equal((await balancesShown(page)).pending, balance);
  }
  await page.context().close();
});

test("the journal links a refund to the entry it reverses, and the statement follows", async () => {
  const page = await open(host, "first");
  await page.click('[aria-label="Entry 3 reverses entry 1: look at it"]');
  assert.match(await shown(page, "place"), /^Entry 1 of 7/);
  await travel(page, 3);
  await page.click("#tab-statement");
  const lines = await page.locator("[data-line]").allInnerTexts();
  assert.equal(lines.length, 3);
  assert.match(lines[0], /pending until 3 Jan 2024/);
  await travel(page, 7);
  assert.match(await page.locator("[data-line=bt_1]").innerText(), /available/);
  await page.context().close();
});

test("the days can be canceled, and what happened stays", async () => {
  const page = await open(host, "days");
  await page.waitForFunction(() => Number(document.querySelector("[data-test=progress]")?.textContent.split(" ")[1]) > 2);
  await page.click("[data-test=cancel]");
  const stopped = await shown(page, "progress");
  const check = await shown(page, "check");
  assert.match(check, /entries, sound/);
  // Long enough for several days, if they went on.
  await page.waitForTimeout(600);
  assert.equal(await shown(page, "progress"), stopped);
  assert.match(await shown(page, "place"), new RegExp(` of ${check.split(" ")[0]}\\b`));
  await page.context().close();
});

test("the SQLite file and the CSV can be downloaded", async () => {
  const page = await open(host, "storm");
  const download = async (name) => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.click(`[data-test="${name}"]`)]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const file = await download("save-file");
  assert.equal(file.name, "storm.refundry");
  assert.equal(file.bytes.subarray(0, 15).toString(), "SQLite format 3");
  assert.equal(file.bytes.subarray(68, 72).toString(), "RFND");
  const csv = (await download("save-csv")).bytes.toString().trimEnd().split("\r\n");
  assert.equal(csv.length, 1 + (await page.evaluate(() => 18 * 2 + 40)));
  assert.match(csv[1], /^je_1,1,charge,ch_1,,2024-03-01T10:09:00.000Z,.*,clearing,pending,EGP,1050.00,105000,[0-9a-f]{64}$/);
  await page.context().close();
});

test("everything can be done with the keyboard alone", async () => {
  const page = await open(host, "hand");
  await tabTo(page, "[data-test=slider]", "Tab", 5);
  await page.reload();
  await page.waitForSelector("#page:not([aria-busy])");
  await tabTo(page, ".skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "story-headline");
  assert.match(new URL(page.url()).hash, /^#hand\b/);
  await tabTo(page, "button.primary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-entry='1']");
  await tabTo(page, "[data-form=refund]", "Shift+Tab");
  await page.keyboard.press("Space");
  await tabTo(page, "input[name=amount]");
  await page.keyboard.type("100");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-entry='2']");
  assert.equal((await balancesShown(page)).available, "−100.00");
  // Where one is must be seen.
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
  assert.equal(outline, "2px");
  await tabTo(page, "[data-test=slider]");
  await page.keyboard.press("ArrowLeft");
  assert.match(await shown(page, "place"), /^Entry 1 of 2/);
  await page.keyboard.press("Home");
  assert.match(await shown(page, "place"), /^Entry 0 of 2/);
  await page.context().close();
});

test("nothing is asked of another host", async () => {
  const page = await open(host, "first");
  for (const mode of MODES) {
    await page.click(`[data-mode="${mode}"]`);
    await page.waitForSelector(`[data-mode="${mode}"][aria-current]`);
  }
  const hosts = new Set(page.requested.filter((url) => !url.startsWith("blob:")).map((url) => new URL(url).hostname));
  assert.deepEqual([...hosts], [new URL(host.url).hostname]);
  // And the page itself forbids it.
  const tried = await page.evaluate(() => fetch("http://127.0.0.2:9/").then(() => "answered", (error) => error.name));
  assert.equal(tried, "TypeError");
  assert.ok(page.problems.some((problem) => problem.includes("Content Security Policy")));
  await page.context().close();
});

test("every step has a link, and the browser’s buttons lead back and forward", async () => {
  const page = await open(host, "storm/38");
  const said = () => page.evaluate(() => document.querySelector(".happening[aria-current]").dataset.step);
  const at = (step) => page.waitForFunction((wanted) => document.querySelector(".happening[aria-current]")?.dataset.step === wanted, String(step));
  assert.equal(await said(), "37");
  await page.click("[aria-label='Next step']");
  await page.waitForURL("**/#storm/39");
  await page.click('[data-step="40"]');
  await page.waitForURL("**/#storm/41");
  await page.click('[data-mode="first"]');
  await page.waitForURL("**/#first/3");
  await page.goBack();
  await at(40);
  await page.goBack();
  await at(38);
  await page.goBack();
  await at(37);
  await page.goForward();
  await at(38);
  // One of the entries that a step made has a link too.
  await page.goto(`${host.url}#first/4/4`);
  await page.waitForFunction(() => document.querySelector("[data-test=place] strong")?.textContent === "Entry 4");
  await page.goto(`${host.url}#days-8-12/20`);
  await page.waitForSelector('[data-test=progress]:text-is("Day 12 of 12 with seed 8")');
  await at(19);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("play goes to the end, pauses, and begins anew; arrow keys step", async () => {
  const page = await open(host, "first/0");
  await page.selectOption("[data-test=speed]", "4");
  await page.click("[data-test=play]");
  await page.waitForFunction(() => document.querySelector("[data-step='1'][aria-current]"));
  await page.click("[data-test=play]");
  const paused = await shown(page, "place");
  await page.waitForTimeout(700);
  assert.equal(await shown(page, "place"), paused);
  await page.selectOption("[data-test=speed]", "16");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.querySelector("[data-test=play]").ariaLabel === "Play" && document.querySelector("[data-step='5'][aria-current]"));
  await page.keyboard.press("ArrowLeft");
  assert.match(await shown(page, "place"), /^Entry 6 of 7/);
  await page.keyboard.press("ArrowRight");
  assert.match(await shown(page, "place"), /^Entry 7 of 7/);
  await page.context().close();
});

test("the theme can be chosen, and is remembered", async () => {
  const page = await open(host, "first", { colorScheme: "light" });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.click("[data-test=theme]");
  const dark = await paper();
  assert.notEqual(dark, light);
  await page.reload();
  await page.waitForSelector("#page:not([aria-busy])");
  assert.equal(await paper(), dark);
  await page.context().close();
});

/** Presses Tab until an element has the focus. */
async function tabTo(page, selector, key = "Tab", most = 120) {
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press(key);
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  assert.fail(`${selector} can’t be reached with ${key}`);
}
