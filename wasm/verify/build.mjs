// Writes the page that checks receipts: one file, whose policy lets it run its own script, and ask nobody anything.

import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const page = await build({
  entryPoints: [new URL("page.mjs", import.meta.url).pathname],
  bundle: true,
  format: "iife",
  minify: true,
  target: "es2022",
  charset: "utf8",
  write: false,
  logLevel: "warning",
});
const script = page.outputFiles[0].text;
const part = (name) => readFile(new URL(name, import.meta.url), "utf8");
const hash = createHash("sha256").update(script).digest("base64");
const parts = {
  policy: `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; form-action 'none'`,
  style: await part("verify.css"),
  script,
};
const html = (await part("verify.html")).replaceAll(/\{(policy|style|script)\}/g, (_, name) => parts[name]);
const to = new URL("../pkg/verify.html", import.meta.url);
await mkdir(new URL(".", to), { recursive: true });
await writeFile(to, html);
