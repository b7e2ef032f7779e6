/** The package with everything in it in Node, Bun and Deno. */

import { choose } from "../load.js";
import * as raw from "./raw.js";

choose(
  {
    raw,
    async find() {
      const { readFile } = await import("node:fs/promises");
      return readFile(new URL("./full.wasm", import.meta.url));
    },
    // Bun and Deno have Web Workers.
    startWorker: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
  },
  true,
);

export * from "../index.js";
