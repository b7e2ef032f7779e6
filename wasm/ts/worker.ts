/** The worker of a {@link RemoteLedger}, where modules are loaded from files. */

import { findBy } from "./load.js";
import "./answering.js";

findBy(() => new URL("./refundry.wasm", import.meta.url));
