/** The package with everything in it in workerd, which compiles modules before it runs anything. */

import module from "./full.wasm";
import { choose } from "../load.js";
import * as raw from "./raw.js";

choose({ raw, find: () => module }, true);

export * from "../index.js";
