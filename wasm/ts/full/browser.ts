/** The package with everything in it in a browser. */

import { choose } from "../load.js";
import { isElsewhere, workerFromElsewhere } from "../origin.js";
import * as raw from "./raw.js";

choose(
  {
    raw,
    find: () => new URL("./full.wasm", import.meta.url),
    startWorker() {
      if (isElsewhere(import.meta.url)) return workerFromElsewhere(new URL("./worker.js", import.meta.url).href);
      return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    },
  },
  true,
);

export * from "../index.js";
