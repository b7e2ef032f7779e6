/** The package in one piece, for bundlers that bring along neither files nor workers. */

import { module, worker } from "./inlined.js";
import { startBy } from "./line.js";
import { findBy } from "./load.js";

findBy(unpacked, true);

startBy(() => {
  const url = URL.createObjectURL(new Blob([worker], { type: "text/javascript" }));
  return new Worker(url);
});

/** The module, which is packed by gzip and written in base64. */
function unpacked(): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

export * from "./index.js";
