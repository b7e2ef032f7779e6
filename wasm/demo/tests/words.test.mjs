// What the page says is true in every state, and in words that finance people use.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { minor, open, shown, start } from "./browser.mjs";

let host;
before(async () => (host = await start()));
after(() => host?.close());

test("a full refund: what is pending nets what the merchant owes, and the fee’s cost is said", async () => {
  const page = await open(host, "first/3");
  assert.equal(await shown(page, "headline"), "The customer got EGP 226.04 back. The platform keeps its fee of EGP 9.12.");
  assert.match(await shown(page, "details"), /the merchant is EGP 9\.12 out of pocket\./);
  assert.equal(
    await shown(page, "standing"),
    "Available is at EGP −226.04, but EGP 433.84 is pending: on balance the platform still owes the merchant EGP 207.80.",
  );
  assert.deepEqual(await page.locator("[data-test=moves] li").allTextContents(), [
    "226.04 moves from Available to Clearing.",
    "226.04 moves from Clearing to Customer.",
  ]);
  assert.deepEqual(await page.locator(".reversal thead th").allInnerTexts(), ["Debit", "Credit", "Posted then", "Given back now"]);
  assert.equal(await page.locator("[data-meter=charge] .is-left dd").innerText(), "0.00");
  assert.match(await shown(page, "call"), /^book\.createRefund\(\{ chargeId: "ch_1"/);
  await page.context().close();
});

test("a limit is seen where it decides, and so is what is left of it", async () => {
  const page = await open(host, "storm/38");
  assert.match(await shown(page, "headline"), /^Refused: the merchant can spend EGP 320\.25, no more\.$/);
  const meter = page.locator("[data-meter=limit]");
  assert.match(await meter.innerText(), /available may go down to −3,000\.00/);
  assert.equal(await meter.locator(".is-before dd").innerText(), "320.25");
  assert.equal(await meter.locator(".is-refused dd").innerText(), "1,400.00");
  assert.equal(await shown(page, "answer"), "balance_insufficient");
  assert.deepEqual(await page.locator("[data-test=moves] li").allTextContents(), ["1,400.00 would have moved from Available to Clearing.", "1,400.00 would have moved from Clearing to Customer."]);
  assert.match(await shown(page, "standing"), /The platform’s bank stands at EGP −8,000\.00: .* because it paid before the acquirer settled\.$/);
  await page.context().close();
});

test("what is disputed is not said to be given back, and what a refused refund asked for is in the list", async () => {
  const page = await open(host, "dispute/6");
  const meter = page.locator("[data-meter=charge]");
  assert.match(await meter.innerText(), /given back or disputed before\s+800\.00/);
  assert.deepEqual(await page.locator("[data-test=moves] li").allTextContents(), ["The money would have moved from Available to Clearing.", "The money would have moved from Clearing to Customer."]);
  await page.goto(`${host.url}#storm/38`);
  await page.waitForSelector("[data-meter=limit]");
  assert.equal(await page.locator(".happening[aria-current] .sum").innerText(), "1,400.00");
  await page.context().close();
});

test("at every step of every scenario the standing is that of the balances, and no amount is in minor units", async () => {
  for (const mode of ["first", "storm", "double-click", "dispute"]) {
    const page = await open(host, `${mode}/0`);
    const steps = await page.locator(".happening").count();
    const next = page.locator("[aria-label='Next step']");
    for (let step = 0; step < steps || (await next.isEnabled()); step += 1) {
      if (!(await next.isEnabled())) break;
      await next.click();
      const said = (await shown(page, "standing")).replaceAll("−", "-");
      const balance = async (account) => minor(await page.locator(`[data-place=${account}] .amount`).innerText());
      const [available, pending] = [await balance("available"), await balance("pending")];
      const net = available + pending;
      const owes = /merchant owes the platform EGP ([\d,.]+)/.exec(said);
      const owed = /platform (?:still )?owes the merchant EGP ([\d,.]+)/.exec(said);
      if (net < 0n) assert.equal(minor(owes?.[1] ?? "0"), -net, `${mode} ${step}: ${said}`);
      else if (net > 0n) assert.equal(minor(owed?.[1] ?? "0"), net, `${mode} ${step}: ${said}`);
      assert.equal(owes !== null, net < 0n, said);
      assert.doesNotMatch(await page.locator("main").innerText(), /minor units/);
    }
    assert.deepEqual(page.problems, [], mode);
    await page.context().close();
  }
});

test("accounts that nothing has moved are folded away", async () => {
  const page = await open(host, "first");
  assert.match(await page.locator(".folded").innerText(), /In transit 0\.00.*Bank 0\.00.*Losses 0\.00/s);
  assert.equal(await page.locator("[data-place=bank]").count(), 0);
  await page.click('[data-mode="storm"]');
  await page.waitForSelector("[data-place=bank]");
  await page.context().close();
});

test("money moves from where it was to where it is, also between what the platform owns", async () => {
  const page = await open(host, "hand");
  await page.click("button.primary:has-text('Charge')");
  await page.click("[data-form=other]");
  const moved = async (what, amount) => {
    await page.selectOption("select[name=what]", what);
    await page.fill("input[name=amount]", amount);
    await page.click("form .primary");
    return page.locator("[data-test=moves] li").allTextContents();
  };
  assert.deepEqual(await moved("settlement", "100"), ["100.00 moves from Clearing to Bank."]);
  assert.deepEqual(await moved("settlement", "-40"), ["40.00 moves from Bank to Clearing."]);
  assert.deepEqual(await moved("topup", "7"), ["7.00 moves from Merchant’s bank to Bank.", "7.00 moves from Bank to Available."]);
  assert.deepEqual(await moved("adjustment", "-2"), ["2.00 moves from Available to Losses."]);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
