// Opens the page that checks receipts in Chromium, offline, as a customer would, and prints what it says.
//
//     node look.mjs RECEIPT KEY [CHECKPOINT]

import { pathToFileURL } from "node:url";
import path from "node:path";
import { chromiumPages } from "../test/browser.mjs";
import { wasm } from "../test/places.mjs";

const [receipt, key, checkpoint = ""] = process.argv.slice(2);
const browser = await chromiumPages();
try {
  await browser.context.setOffline(true);
  const page = await browser.open(pathToFileURL(path.join(wasm, "pkg/verify.html")).href);
  await page.fill("#receipt", receipt);
  await page.fill("#key", key);
  await page.fill("#checkpoint", checkpoint);
  await page.click("button");
  const result = await page.waitForSelector("#result:not([hidden])");
  console.log(await result.getAttribute("data-verdict"));
  console.log(await result.innerText());
} finally {
  await browser.close();
}
