// A page of the built simulator in headless Chromium, which may reach nothing but loopback.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { preview } from "vite";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Where pictures of the page are put. */
export const PICTURES = fileURLToPath(new URL("../../../target/simulator/", import.meta.url));

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Serves the built page and opens a browser. `close` ends both. */
export async function start() {
  const server = await preview({ root: ROOT, logLevel: "silent", preview: { port: 4173 } });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  const url = server.resolvedUrls.local[0];
  return { browser, url, close: () => Promise.all([browser.close(), server.close()]) };
}

/** Opens a scenario in a language, and waits until it is there. */
export async function open(host, mode, options = {}) {
  const page = await openAt(host, "", options, `#${mode}`);
  await page.waitForSelector("#page:not([aria-busy])");
  return page;
}

/** Opens a page of the site, and notes every request and every error of it. */
export async function openAt({ browser, url }, name, { language = "en", ...options } = {}, hash = "") {
  const context = await browser.newContext({ viewport: DESK, reducedMotion: "reduce", acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.requested = [];
  page.problems = [];
  page.on("request", (request) => page.requested.push(request.url()));
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") page.problems.push(message.text());
  });
  await page.goto(`${url}${name}${language === "ar" ? "?lang=ar" : ""}${hash}`);
  return page;
}

/** Keeps a picture of what is seen, or of the whole page. */
export async function picture(page, name, fullPage = false) {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage });
}

/** The text of what has a `data-test` name. */
export async function shown(page, name) {
  return (await page.locator(`[data-test="${name}"]`).first().innerText()).trim().replaceAll("\u00a0", " ");
}

/** The balances that the T-accounts show. */
export async function balancesShown(page) {
  return page.locator("[data-account]").evaluateAll((accounts) =>
    Object.fromEntries(
      accounts.map((account) => [account.dataset.account, account.querySelector("[data-test=balance]").textContent.trim()]),
    ),
  );
}

/** Moves the slider to an entry, as dragging it does. */
export async function travel(page, seq) {
  await page.locator('[data-test="slider"]').evaluate((slider, value) => {
    slider.value = String(value);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, seq);
  await page.waitForFunction((value) => document.querySelector("[data-test=place] strong")?.textContent === `Entry ${value}`, seq);
}

/** An amount as the page writes it, in minor units. */
export function minor(text) {
  return BigInt(text.replace("−", "-").replaceAll(/[,.]/g, ""));
}

/** Minor units as the page must write them. */
export function written(minor, exponent = 2) {
  const value = BigInt(minor);
  const digits = (value < 0n ? -value : value).toString().padStart(exponent + 1, "0");
  const whole = Number(digits.slice(0, digits.length - exponent)).toLocaleString("en-US");
  return `${value < 0n ? "−" : ""}${whole}${exponent ? `.${digits.slice(-exponent)}` : ""}`;
}
