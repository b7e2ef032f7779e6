// Every scenario shows what the native library says of the same steps.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { balancesShown, minor, open, shown, start, travel, written } from "./browser.mjs";
import { shopScenario } from "./shop.mjs";

const EXPECTED = JSON.parse(readFileSync(new URL("expected.json", import.meta.url), "utf8"));

let host;
before(async () => (host = await start()));
after(() => host?.close());

for (const name of ["first", "storm", "shop", "double-click", "dispute"]) {
  test(`${name}: balances as of every place, the head and the refusals are the library’s`, async () => {
    const page = await open(host, name);
    await compare(page, EXPECTED[name]);
    await page.context().close();
  });
}

test("simulated days: the steps are the same as ever, and so is all that comes of them", async () => {
  const page = await open(host, "hand");
  await runDays(page, 7, 30);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click('[data-test="save-steps"]')]);
  const steps = readFileSync(await download.path(), "utf8");
  keep(new URL("simulated.json", import.meta.url), steps);
  const [head, drawn] = [await shown(page, "head"), await drawing(page)];
  await compare(page, EXPECTED.days);

  // Another seed, another picture; the same seed again, at another speed: the same.
  await page.selectOption("select[name=speed]", "0");
  await runDays(page, 8, 30);
  assert.notEqual(await shown(page, "head"), head);
  assert.notEqual(await drawing(page), drawn);
  await runDays(page, 7, 30);
  assert.equal(await shown(page, "head"), head);
  assert.equal(await drawing(page), drawn);
  await page.context().close();
});

test("the real shop is the project’s test data, and comes out as computed without a ledger", async () => {
  keep(new URL("../src/scenarios/shop.json", import.meta.url), shopScenario());
  const sums = JSON.parse(readFileSync(new URL("../../../tests/data/retail-expected.json", import.meta.url), "utf8"));
  const shop = sums.merchants.acct_united_kingdom;
  const page = await open(host, "shop");
  await travel(page, EXPECTED.shop.entries);
  const balances = await balancesShown(page);
  assert.equal(balances.available, written(shop.available_when_matured));
  assert.equal(balances.fees, written(shop.fees));
  assert.equal(balances.clearing, written(shop.charged - shop.refunded));
  assert.equal(await page.locator("[data-legend=refunds]").innerText(), written(shop.refunded));
  await page.context().close();
});

async function compare(page, expected) {
  for (const [seq, balances] of Object.entries(expected.asOf)) {
    await travel(page, Number(seq));
    const wanted = Object.fromEntries(Object.entries(balances).map(([account, minor]) => [account, written(minor)]));
    assert.deepEqual(await balancesShown(page), wanted, `as of entry ${seq}`);
    await compareParts(page, balances);
    assert.equal(await shown(page, "debits"), await shown(page, "trial-debit"));
    assert.equal(await shown(page, "debits"), await shown(page, "credits"));
    assert.equal(await shown(page, "equals"), "=");
  }
  assert.equal(await shown(page, "head"), expected.head);
  assert.equal(await page.locator("[data-legend=refunds]").innerText(), written(expected.refunded));
  assert.match(await shown(page, "check"), new RegExp(`^${expected.entries} entries, sound$`));
  for (const { step, message } of expected.refusals.slice(0, 6)) {
    await goTo(page, step);
    assert.match(await shown(page, "headline"), /^Refused/);
    // The ledger's own words stand in its answer; the page's are above.
    assert.ok((await page.locator(".call details").textContent()).includes(JSON.stringify(message)), message);
  }
  assert.deepEqual(page.problems, []);
}

/** Accounts that grow by debit; the others grow by credit. */
const GROW_BY_DEBIT = ["clearing", "bank", "losses"];

/** The T-accounts' lines, the trial balance's columns and the story’s figures say the same as the balances. */
async function compareParts(page, balances) {
  const parts = await page.evaluate(() => {
    const texts = (root, selector) => [...root.querySelectorAll(selector)].map((element) => element.textContent.trim());
    const rows = (selector, read) => Object.fromEntries([...document.querySelectorAll(selector)].map(read));
    return {
      sides: rows("[data-account]", (t) => [t.dataset.account, [...t.querySelectorAll(".column")].map((column) => texts(column, "li > span"))]),
      trial: rows("[data-trial]", (row) => [row.dataset.trial, texts(row, "td")]),
      after: rows("[data-change]", (change) => [change.dataset.change, texts(change, ".after")[0]]),
    };
  });
  for (const [account, balance] of Object.entries(balances)) {
    const sign = GROW_BY_DEBIT.includes(account) ? 1n : -1n;
    const [debits = 0n, credits = 0n] = parts.sides[account].map((amounts) => amounts.reduce((sum, amount) => sum + minor(amount), 0n));
    assert.equal(sign * (debits - credits), BigInt(balance), `the sides of ${account}`);
    const [debit, credit] = parts.trial[account].map((amount) => (amount === "–" ? 0n : minor(amount)));
    assert.equal(sign * (debit - credit), BigInt(balance), `${account} in the trial balance`);
    assert.ok(debit >= 0n && credit >= 0n);
    if (account in parts.after) assert.equal(minor(parts.after[account]), BigInt(balance));
  }
  // Only a dispute that was lost moves nothing.
  const moved = Object.keys(parts.after).length;
  assert.ok(moved >= 2 || (moved === 0 && (await shown(page, "headline")) === "The customer won the dispute."));
}

/** Looks at a step by way of the list, which shows the steps around the one looked at. */
async function goTo(page, step) {
  const wanted = page.locator(`[data-step="${step}"]`);
  while ((await wanted.count()) === 0) {
    const listed = page.locator("[data-step]");
    const first = Number(await listed.first().getAttribute("data-step"));
    await (step < first ? listed.first() : listed.last()).click();
  }
  await wanted.click();
}

async function runDays(page, seed, days) {
  if (!(await page.locator("[data-test=run]").count())) {
    await page.click('[data-mode="days"]');
    await page.click("[data-test=cancel]");
  }
  await page.fill("input[name=seed]", String(seed));
  await page.fill("input[name=days]", String(days));
  await page.click("[data-test=run]");
  await page.waitForSelector(`[data-test=progress]:text-is("Day ${days} of ${days} with seed ${seed}")`);
  await page.waitForSelector("[data-test=run]");
}

/** The chart, dot by dot. */
function drawing(page) {
  return page.locator("#plot canvas").first().evaluate((canvas) => canvas.toDataURL());
}

/** Compares a generated file with what is kept, writes it anew, and fails if it differed. */
function keep(file, text) {
  const kept = readFileSync(file, "utf8");
  if (kept === text) return;
  writeFileSync(file, text);
  assert.fail(`${file.pathname} was out of date; it has been written anew`);
}
