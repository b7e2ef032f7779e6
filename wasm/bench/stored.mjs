// Refunds a second that Chromium and Firefox keep, one commit each, and how often their files are flushed.
// `node stored.mjs [PACKAGE]...`: several packages take turns.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumPages, serve } from "../test/browser.mjs";
import { firefox } from "../test/firefox.mjs";

const ROUNDS = 5;
const REFUNDS = 100;
const wasm = fileURLToPath(new URL("..", import.meta.url));
const packages = process.argv.length > 2 ? process.argv.slice(2) : ["pkg"];

const WORKER = `
  const { FileSystemSyncAccessHandle: Handle } = globalThis;
  const counts = { flush: 0, write: 0 };
  for (const method of Object.keys(counts)) {
    const own = Handle.prototype[method];
    Handle.prototype[method] = function (...args) {
      counts[method] += 1;
      return own.apply(this, args);
    };
  }
  const place = new URL(location.href).searchParams.get("package");
  const { Ledger } = await import(place + "/browser.js");
  const ledger = await Ledger.open("bench-" + Math.random().toString(36).slice(2));
  const book = ledger.book(ledger.createMerchant({ name: "Bench" }).id);
  const charges = ledger.batch(() =>
    Array.from({ length: ${REFUNDS} }, () => book.createCharge({ amount: 500, fee: 0, currency: "EGP", availableOn: new Date() }).id),
  );
  Object.assign(counts, { flush: 0, write: 0 });
  const begin = performance.now();
  for (const chargeId of charges) book.createRefund({ chargeId });
  const seconds = (performance.now() - begin) / 1000;
  ledger.free();
  postMessage({ speed: ${REFUNDS} / seconds, flushes: counts.flush / ${REFUNDS}, writes: counts.write / ${REFUNDS} });
`;

const files = { "/": '<!doctype html><meta charset="utf-8">', "/worker.mjs": WORKER };
const server = await serve(wasm, files);
const browsers = { Chromium: await chromiumPages(), Firefox: await firefox() };
for (const [name, browser] of Object.entries(browsers)) {
  const page = await browser.open(`${server.origin}/`);
  const runs = packages.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, folder] of packages.entries()) {
      const place = `/${path.relative(wasm, path.resolve(wasm, folder))}`;
      runs[at].push(await page.evaluate(measured, [place]));
    }
  }
  for (const [at, folder] of packages.entries()) {
    const speeds = runs[at].map(({ speed }) => speed).sort((a, b) => a - b);
    const { flushes, writes } = runs[at][0];
    console.log(`${name}, ${folder}: ${Math.round(speeds[ROUNDS >> 1])} refunds/s (${speeds.map(Math.round).join(", ")}), ${flushes} flushes and ${writes} writes each`);
  }
  await page.close();
}
await Promise.all(Object.values(browsers).map((browser) => browser.close()));
await server.close();

function measured([place]) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(`/worker.mjs?package=${place}`, { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      worker.terminate();
      resolve(data);
    });
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  });
}
