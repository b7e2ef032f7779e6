/** The package in workerd, which compiles modules before it runs anything. */

import module from "./refundry.wasm";
import { findBy } from "./load.js";

findBy(() => module);

export * from "./index.js";
