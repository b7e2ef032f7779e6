#!/bin/sh
# Chromium: FileSystemSyncAccessHandle.write() on a full disk returns 4294967288 and throws nothing.
#
# The number is the file error -8 (no space) as an unsigned number of 32 bits. The standard has a
# QuotaExceededError thrown. Code that goes on while fewer bytes were written than wanted takes everything
# for written, and data is lost in silence. A caller has to compare: at most as many bytes as it gave.
#
# Seen with Chromium 156 of Debian 12, when the origin's quota is used up.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund playwright-core@1.65.1 > /dev/null

cat > full.mjs << 'END'
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const WORKER = `let file;
onmessage = async ({ data }) => {
  try {
    if (data === "open") {
      const folder = await navigator.storage.getDirectory();
      file = await (await folder.getFileHandle("full", { create: true })).createSyncAccessHandle();
      postMessage("open");
    } else postMessage(file.write(new Uint8Array(24_656)) + ", size " + file.getSize());
  } catch (error) { postMessage(error.name); }
};`;
const server = createServer((request, response) => {
  const isWorker = request.url === "/worker.js";
  response.setHeader("Content-Type", isWorker ? "text/javascript" : "text/html");
  response.end(isWorker ? WORKER : "<!doctype html>");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext();
const page = await context.newPage();
await page.goto(origin);
const ask = (what) => page.evaluate((what) => new Promise((resolve) => {
  window.worker ??= new Worker("/worker.js");
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(what);
}), what);
await ask("open");
const session = await context.newCDPSession(page);
await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
console.log(await ask("write"));
await browser.close();
server.close();
END
said=$(timeout 60 node full.mjs)
case $said in
    "4294967288, size 0") echo "Chromium: write() returned 4294967288 and wrote nothing" ;;
    *) echo "it says now: $said"; exit 1 ;;
esac
