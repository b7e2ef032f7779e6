// A headless browser, and a server on the loopback interface for what it loads.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { chromium } from "playwright-core";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Tests look what is collected.
  "--js-flags=--expose-gc",
];

/** Serves a folder, and some files that are made up. */
export async function serve(folder, files = {}) {
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const file = path.join(folder, name.endsWith("/") ? `${name}index.html` : name);
    try {
      const text = files[name] ?? (await readFile(file));
      // Some tests load it from a page of another origin.
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Content-Type", TYPES[path.extname(file)] ?? "application/octet-stream");
      response.end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

/** Chromium as the tests of every browser see it. */
export async function chromiumPages() {
  const browser = await browse();
  const context = await browser.newContext();
  const open = async (url) => {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };
  return { context, open, keepsPages: true, close: () => browser.close() };
}

export function browse() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
    // Pages go where people's pages go.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}
