/** The package in Node, Bun and Deno. */

import { startBy } from "./line.js";
import { findBy } from "./load.js";

findBy(async () => {
  const { readFile } = await import("node:fs/promises");
  return readFile(new URL("./refundry.wasm", import.meta.url));
});

// Bun and Deno have Web Workers.
startBy(() => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));

export * from "./index.js";
