// What axe-core finds on a page, and whether the page fits its screen and the picture its boxes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
/** Those of them that colours decide. */
const COLOURS = ["color-contrast", "link-in-text-block"];
export const COLOURS_ALONE = { runOnly: COLOURS };
export const ALL_BUT_COLOURS = { runOnly: RULES, rules: Object.fromEntries(COLOURS.map((id) => [id, { enabled: false }])) };

/** Fails with the rules that the page breaks; targets under 24 pixels are among them. */
export async function assertAccessible(page, what, options = { runOnly: RULES }) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((asked) => window.axe.run(document, asked), options);
  const said = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html).join(" ")}`);
  assert.deepEqual(said, [], what);
}

/** A phone shows a page that is too wide as a small one: the screen's own width counts. */
export async function assertFits(page, what, width) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${what} is ${wide} wide on a screen of ${width}`);
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll(".place-box")].filter((box) => box.scrollHeight > box.clientHeight + 1).map((box) => box.dataset.place),
  );
  assert.deepEqual(cut, [], `boxes of the picture in ${what} hold all that stands in them`);
}
