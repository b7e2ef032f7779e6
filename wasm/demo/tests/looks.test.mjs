// Every view in both languages: it fits, is legible, is seen without scrolling, and is pictured.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALL_BUT_COLOURS, COLOURS_ALONE, assertAccessible, assertFits } from "./axe.mjs";
import { DESK, PHONE, open, picture, shown, start } from "./browser.mjs";

const MODES = ["first", "storm", "shop", "double-click", "dispute", "days-7-12/40", "hand"];
const PHONE_OPTIONS = { viewport: PHONE, colorScheme: "light", deviceScaleFactor: 2, isMobile: true, hasTouch: true };
/**
 * How a page is looked at, one way after another without loading it anew. In other colours nothing else of the page
 * changes, so that only what colours decide is asked again. Where every colour is the system's, contrast is its matter.
 */
const ON_SCREEN = [
  { name: "light", media: {} },
  { name: "dark", media: { colorScheme: "dark" }, rules: COLOURS_ALONE },
  { name: "forced", media: { forcedColors: "active" }, rules: ALL_BUT_COLOURS },
  { name: "zoom", media: {}, zoom: 2 },
];
const ON_PHONE = [
  { name: "light", media: {} },
  { name: "dark", media: { colorScheme: "dark" }, rules: COLOURS_ALONE },
];
const LOOKS = { desk: [{ viewport: DESK }, ON_SCREEN], phone: [PHONE_OPTIONS, ON_PHONE] };
/** A page that is dark from the first is seen before others. */
const DARK_FIRST = { mode: "dispute", look: { name: "dark-first", media: { colorScheme: "dark" } } };

let host;
before(async () => (host = await start()));
after(() => host?.close());

/** Looks at each of them, at two at a time: a browser has a process for each page. */
async function inPairs(all, look) {
  const rest = [...all];
  const next = async () => {
    while (rest.length > 0) await look(rest.shift());
  };
  await Promise.all([next(), next()]);
}

for (const language of ["en", "ar"]) {
  for (const [device, [options, looks]] of Object.entries(LOOKS)) {
    test(`${device}, ${language}: fits, is legible, and is pictured`, () =>
      inPairs(MODES, async (mode) => {
        const isDarkFirst = mode === DARK_FIRST.mode;
        const page = await open(host, mode, { ...options, language, colorScheme: isDarkFirst ? "dark" : "light" });
        await page.waitForFunction(() => document.querySelector("[data-test=check]")?.textContent.match(/sound|سليمة/));
        for (const look of isDarkFirst ? [DARK_FIRST.look, ...looks] : looks) {
          await lookAt(page, look, options.viewport, `${device}-${look.name}-${language}-${mode.split(/[-/]/)[0]}`);
        }
        assert.deepEqual(page.problems, []);
        await page.context().close();
      }));
  }
}

async function lookAt(page, { media, rules, zoom }, device, what) {
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none", reducedMotion: "reduce", ...media });
  let { width } = device;
  if (zoom !== undefined) width = await zoomIn(page, device, zoom);
  await assertFits(page, what, width);
  await assertAccessible(page, what, rules);
  await picture(page, what);
  if (what.endsWith("-first")) await picture(page, `${what}-whole`, true);
}

/** Shows a page as in a window that is zoomed: fewer pixels of CSS, each of more pixels of the screen. */
async function zoomIn(page, { width, height }, zoom) {
  const browser = await page.context().newCDPSession(page);
  const metrics = { width: width / zoom, height: height / zoom, deviceScaleFactor: zoom, mobile: false };
  await browser.send("Emulation.setDeviceMetricsOverride", metrics);
  assert.deepEqual(await page.evaluate(() => [innerWidth, devicePixelRatio]), [metrics.width, zoom]);
  return metrics.width;
}

for (const [name, options] of Object.entries({ desk: { viewport: DESK }, phone: PHONE_OPTIONS })) {
  test(`${name}: headline, picture, T-accounts and call are seen without scrolling`, async () => {
    for (const language of ["en", "ar"]) {
      await inPairs(["first", "storm", "storm/38", "shop", "double-click", "dispute", "dispute/6", "dispute/8"], async (mode) => {
        const page = await open(host, mode, { ...options, language });
        const bottoms = await page.evaluate(() => {
          const bottom = (selector) => document.querySelector(selector)?.getBoundingClientRect().bottom ?? 0;
          const transport = document.querySelector(".transport").getBoundingClientRect();
          const end = transport.top > innerHeight / 2 ? transport.top : innerHeight;
          return { end, seen: ["#story-headline", ".picture", ".standing", ".touched", ".call > pre", ".call .answer"].map(bottom) };
        });
        assert.ok(Math.max(...bottoms.seen) <= bottoms.end, `${language} ${mode}: ${bottoms.seen} in ${bottoms.end}`);
        await page.context().close();
      });
    }
  });
}

test("in Arabic the page is mirrored, and numbers and dates are written as Egypt writes them", async () => {
  const page = await open(host, "first/3", { language: "ar" });
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ["ar", "rtl"]);
  const left = (place) => page.locator(`[data-place=${place}]`).evaluate((box) => box.getBoundingClientRect().left);
  assert.ok((await left("customer")) > (await left("clearing")));
  assert.ok((await left("clearing")) > (await left("available")));
  const plain = async (name) => (await shown(page, name)).replaceAll(/[\u2066-\u2069]/g, "");
  assert.equal(await plain("headline"), "استرد العميل ٢٢٦٫٠٤ ج.م. تحتفظ المنصة برسمها ٩٫١٢ ج.م.");
  assert.match(await plain("standing"), /على المنصة للتاجر ٢٠٧٫٨٠/);
  assert.match(await plain("place"), /القيد ٣ من ٧/);
  // Forward is to the left.
  await page.keyboard.press("ArrowLeft");
  assert.match(await plain("place"), /القيد ٥ من ٧/);
  // What is written in Arabic digits is read.
  await page.click('[data-mode="hand"]');
  await page.waitForSelector("[data-test=currency]");
  await page.fill("input[name=amount]", "١٬٠٠٠٫٥٠");
  await page.click("form .primary");
  assert.match(await plain("headline"), /دفع عميل ١٬٠٠٠٫٥٠/);
  // The language is remembered, and can be changed back without losing the place.
  await page.click("[data-test=language]");
  assert.equal(await shown(page, "headline"), "A customer paid EGP 1,000.50.");
  assert.equal(await page.evaluate(() => document.documentElement.dir), "ltr");
  await page.context().close();
});
