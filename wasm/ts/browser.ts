/** The package in a browser. */

import { findBy } from "./load.js";

findBy(() => new URL("./refundry.wasm", import.meta.url));

export * from "./index.js";
