// Writes what `refundry/bundled` carries: the module, and the worker as one script.

import { readFile, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const file = (name) => new URL(`pkg/${name}`, import.meta.url);
const module = gzipSync(await readFile(file("refundry.wasm")), { level: 9 }).toString("base64");
const { outputFiles, warnings } = await build({
  entryPoints: [file("answering.js").pathname],
  bundle: true,
  format: "iife",
  minify: true,
  target: "es2022",
  write: false,
  logLevel: "warning",
});
if (warnings.length > 0) throw new Error("the worker has to be a script without warnings");
const [{ text }] = outputFiles;
await writeFile(
  file("inlined.js"),
  `export const module = ${JSON.stringify(module)};\nexport const worker = ${JSON.stringify(text)};\n`,
);

// The page that checks receipts is one file. Its policy lets it run its own script, and ask nobody anything.
const page = await build({
  entryPoints: [new URL("verify/page.mjs", import.meta.url).pathname],
  bundle: true,
  format: "iife",
  minify: true,
  target: "es2022",
  charset: "utf8",
  write: false,
  logLevel: "warning",
});
const script = page.outputFiles[0].text;
const part = (name) => readFile(new URL(`verify/${name}`, import.meta.url), "utf8");
const hash = createHash("sha256").update(script).digest("base64");
const parts = {
  policy: `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; form-action 'none'`,
  style: await part("verify.css"),
  script,
};
const html = (await part("verify.html")).replaceAll(/\{(policy|style|script)\}/g, (_, name) => parts[name]);
await writeFile(file("verify.html"), html);
