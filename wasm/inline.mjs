// Writes what `refundry/bundled` and `refundry/full/bundled` carry: the module, and the worker as one script.

import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const folder = new URL("pkg/", import.meta.url);
await inline("", "refundry.wasm", false);
await inline("full/", "full.wasm", true);

async function inline(place, name, isFull) {
  const module = gzipSync(await readFile(new URL(place + name, folder)), { level: 9 }).toString("base64");
  const contents = `
    import { choose } from "./load.js";
    import * as raw from "./${place}raw.js";
    import "./answering.js";
    choose({ raw }, ${isFull});
  `;
  const { outputFiles, warnings } = await build({
    stdin: { contents, resolveDir: folder.pathname, sourcefile: "worker.js" },
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
    new URL(`${place}inlined.js`, folder),
    `export const module = ${JSON.stringify(module)};\nexport const worker = ${JSON.stringify(text)};\n`,
  );
}
