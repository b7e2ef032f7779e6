// Everything again in a browser: in a page, in a worker, and with files that stay.

import test, { after, before } from "node:test";
import { serve } from "./browser.mjs";
import { equal } from "./check.mjs";
import { operations } from "./operations.mjs";
import { scenarios, wasm } from "./places.mjs";
import { refusals } from "./refusals.mjs";
import { remote } from "./remote.mjs";
import { stored } from "./stored.mjs";

const PAGE = '<!doctype html><meta charset="utf-8"><title>Refundry</title>';

/** A page that waits for ever fails its test. */
const BOUNDED = { timeout: 90_000 };

/** Tries it in a browser that `browse` starts: `{ open(url), close() }`. */
export function tryIn(name, browse, more = {}) {
  let server;
  let browser;
  let first;

  before(async () => {
    const files = { "/": PAGE, "/elsewhere.html": PAGE, "/scenarios.jsonl": await scenarios() };
    server = await serve(wasm, files);
    browser = await browse();
    first = await open();
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** A new page, in which what is thrown fails the test. */
  const open = () => browser.open(`${server.origin}/`);

  for (const [module, cases] of Object.entries({ operations, refusals, remote })) {
    for (const title of Object.keys(cases)) {
      test(`${title}, in a page of ${name}`, BOUNDED, () => runIn(first, module, title));
    }
  }

  test(`two hundred stories end as they do natively, in a page of ${name}`, BOUNDED, async () => {
    const page = await open();
    const stories = await page.evaluate(async () => {
      const api = await import("/pkg/full/browser.js");
      const { tellAgain } = await import("/test/scenarios.mjs");
      return tellAgain(api, (await (await fetch("/scenarios.jsonl")).text()).split("\n"));
    });
    equal(stories, 200);
    await page.close();
  });

  test(`fifty thousand calls leave nothing behind, in a page of ${name}`, BOUNDED, async () => {
    const page = await open();
    await page.evaluate(async () => {
      const api = await import("/pkg/full/browser.js");
      const { initSync } = await import("/pkg/full/raw.js");
      const { fiftyThousand } = await import("/test/leaks.mjs");
      await fiftyThousand(api, initSync);
    });
    await page.close();
  });

  for (const [title, steps] of Object.entries({ ...stored, ...more })) {
    test(`${title}, in ${name}`, BOUNDED, () => steps({ open, runIn, browser, server }));
  }
}

/** Runs one of the cases of a module, in a page. */
export function runIn(page, module, name) {
  return page.evaluate(
    async ([module, name]) => {
      const api = await import("/pkg/full/browser.js");
      const file = module === "steps" ? "stored" : module;
      const cases = await import(`/test/${file}.mjs`);
      return cases[module][name](api);
    },
    [module, name],
  );
}
