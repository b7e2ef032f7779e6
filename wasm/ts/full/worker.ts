/** The worker of a {@link RemoteLedger}, where modules are loaded from files. */

import { choose } from "../load.js";
import * as raw from "./raw.js";
import "../answering.js";

choose({ raw, find: () => new URL("./full.wasm", import.meta.url) }, true);
