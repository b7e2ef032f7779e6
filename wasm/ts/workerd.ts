/** The package in workerd, which compiles modules before it runs anything. */

import module from "./refundry.wasm";
import { choose } from "./load.js";
import * as raw from "./raw.js";

choose({ raw, find: () => module });

export * from "./index.js";
