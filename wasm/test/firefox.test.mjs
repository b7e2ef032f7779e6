// Everything again in headless Firefox, where nobody answers its question whether a page may keep files.

import test from "node:test";
import { equal } from "./check.mjs";
import { firefox } from "./firefox.mjs";
import { runIn, tryIn } from "./pages.mjs";
import { serve } from "./browser.mjs";
import { wasm } from "./places.mjs";

tryIn("Firefox", () => firefox());

test("a private window of Firefox is told that it can't keep a ledger, and has one in memory", async () => {
  const server = await serve(wasm, { "/": '<!doctype html><meta charset="utf-8">' });
  const browser = await firefox({ "browser.privatebrowsing.autostart": true });
  try {
    const page = await browser.open(`${server.origin}/`);
    equal(await runIn(page, "steps", "is private"), "in memory");
  } finally {
    await browser.close();
    await server.close();
  }
});
