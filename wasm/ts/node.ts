/** The package in Node. */

import { findBy } from "./load.js";

findBy(async () => {
  const { readFile } = await import("node:fs/promises");
  return readFile(new URL("./refundry.wasm", import.meta.url));
});

export * from "./index.js";
