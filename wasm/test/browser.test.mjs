// Everything again in headless Chromium: in a page, in a worker, and with files that stay.

import test, { after, before } from "node:test";
import { browse, serve } from "./browser.mjs";
import { equal } from "./check.mjs";
import { operations } from "./operations.mjs";
import { scenarios, wasm } from "./places.mjs";
import { refusals } from "./refusals.mjs";
import { remote } from "./remote.mjs";
import { stored } from "./stored.mjs";

let server;
let browser;
let context;
let first;

before(async () => {
  const page = '<!doctype html><meta charset="utf-8"><title>Refundry</title>';
  server = await serve(wasm, { "/": page, "/scenarios.jsonl": await scenarios() });
  browser = await browse();
  context = await browser.newContext();
  first = await open();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** A new page, in which what is thrown fails the test. */
async function open() {
  const page = await context.newPage();
  await page.goto(`${server.origin}/`);
  return page;
}

/** Runs one of the cases of a module, in a page. */
function runIn(page, module, name) {
  return page.evaluate(
    async ([module, name]) => {
      const api = await import("/pkg/browser.js");
      const file = module === "steps" ? "stored" : module;
      const cases = await import(`/test/${file}.mjs`);
      return cases[module][name](api);
    },
    [module, name],
  );
}

for (const [module, cases] of Object.entries({ operations, refusals, remote })) {
  for (const name of Object.keys(cases)) {
    test(`${name}, in a page`, () => runIn(first, module, name));
  }
}

test("two hundred stories end as they do natively, in a page", async () => {
  const page = await open();
  const stories = await page.evaluate(async () => {
    const api = await import("/pkg/browser.js");
    const { tellAgain } = await import("/test/scenarios.mjs");
    return tellAgain(api, (await (await fetch("/scenarios.jsonl")).text()).split("\n"));
  });
  equal(stories, 200);
  await page.close();
});

for (const [name, steps] of Object.entries(stored)) {
  test(name, () => steps({ open, runIn }));
}
