/** The package with everything in it in one piece, for bundlers that bring along neither files nor workers. */

import { module, worker } from "./inlined.js";
import { choose } from "../load.js";
import { unpacked, workerOf } from "../packed.js";
import * as raw from "./raw.js";

choose(
  { raw, find: () => unpacked(module), isHereAlone: true, startWorker: () => workerOf(worker) },
  true,
);

export * from "../index.js";
