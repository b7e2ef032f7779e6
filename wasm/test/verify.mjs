// The page that checks receipts, as a customer uses it.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { equal, ok } from "./check.mjs";
import { root, wasm } from "./places.mjs";

const html = path.join(wasm, "pkg/verify.html");

/** What every checker is tried with. */
export const vectors = () => readFile(path.join(root, "receipt/tests/vectors.json"), "utf8");

/** Fills the page in a frame in, because its policy lets nobody else's script run in it. */
async function inFrame(typed) {
  const frame = document.createElement("iframe");
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  frame.src = "/pkg/verify.html";
  document.body.append(frame);
  await loaded;
  const within = frame.contentDocument;
  for (const [id, text] of Object.entries(typed)) within.getElementById(id).value = text;
  within.querySelector("button").click();
  const result = within.getElementById("result");
  while (result.hidden) await new Promise((resolve) => setTimeout(resolve, 10));
  const told = [result.dataset.verdict, within.getElementById("facts").textContent];
  frame.remove();
  return told;
}

export const verify = {
  async "the page tells what a receipt proves"({ open }) {
    const { key, otherKey, early, late, witnessed, forged, receipts } = JSON.parse(await vectors());
    const page = await open();
    const { text } = receipts[1];
    const later = receipts.find(({ size }) => size === 200).text;
    const flipped = `${text.slice(0, 80)}${text[80] === "A" ? "B" : "A"}${text.slice(81)}`;
    const unsigned = late.split("\n\n")[0];
    for (const [expected, receipt, by, checkpoint = "", signed = "Signed by"] of [
      ["proven", text, key],
      ["proven", `  ${text.slice(0, 70)}\n${text.slice(70)} \n`, ` ${key}\n`],
      ["proven", text, `${key.slice(0, 30)}\n${key.slice(30)}`],
      // Without a key nobody looks at the signature of a checkpoint.
      ["proven", later, "", late, "Says that it is signed by"],
      ["proven", later, "", forged, "Says that it is signed by"],
      ["proven", later, key, `\n${late}`],
      ["proven", later, key, witnessed],
      ["nothing", later, key, forged],
      ["nothing", later, key, unsigned],
      ["nothing", later, otherKey, late],
      ["nothing", later, key, early],
      ["unproven", text, ""],
      ["nothing", text, otherKey],
      ["nothing", later, "", early],
      ["nothing", flipped, key],
      ["nothing", text, "somebody's word"],
      ["nothing", text, "", "somebody's word"],
      ["nothing", "", key],
    ]) {
      const [verdict, facts] = await page.evaluate(inFrame, { receipt, key: by, checkpoint });
      equal(verdict, expected, `${receipt} by ${by} and ${checkpoint}`);
      equal(facts.includes("109.00 EGP"), expected !== "nothing", facts);
      equal(facts.includes("cairo-books.example"), expected !== "nothing", facts);
      if (expected === "proven") ok(facts.includes(signed), facts);
    }
    await page.close();
  },
};

/** What only Playwright can do: a page from a file, without a network, in a browser that reads codes. */
export const offline = {
  async "the page works offline from a file, and reads a photo"({ browser }) {
    const { key, receipts } = JSON.parse(await vectors());
    const page = await browser.context.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.addInitScript((text) => {
      globalThis.BarcodeDetector = class {
        detect = async () => [{ rawValue: text }];
      };
    }, receipts[1].text);
    await browser.context.setOffline(true);
    try {
      await page.goto(pathToFileURL(html).href);
      await page.fill("#key", key);
      const picture = await page.screenshot();
      await page.setInputFiles("#photo", { name: "code.png", mimeType: "image/png", buffer: picture });
      await page.waitForSelector("#result[data-verdict=proven]");
      ok((await page.textContent("#facts")).includes("109.00 EGP"), "it shows the amount");
      equal(asked, [pathToFileURL(html).href], "it asks nobody anything");
      const photo = process.env.REFUNDRY_SCREENSHOT;
      if (photo !== undefined) await page.screenshot({ path: photo, fullPage: true });
    } finally {
      await browser.context.setOffline(false);
      await page.close();
    }
  },

  /** Without the ledger's module, a checker has to be small. */
  async "the checker and its page are small"() {
    const gzipped = async (file) => gzipSync(await readFile(file), { level: 9 }).length;
    const sizes = [await gzipped(path.join(wasm, "pkg/receipt.js")), await gzipped(html)];
    ok(sizes.every((size) => size < 40_000), `${sizes} bytes gzipped`);
  },
};
