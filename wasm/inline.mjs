// Writes what `refundry/bundled` carries: the module, and the worker as one script.

import { readFile, writeFile } from "node:fs/promises";
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
