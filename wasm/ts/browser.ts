/** The package in a browser. */

import { startBy } from "./line.js";
import { findBy } from "./load.js";

findBy(() => new URL("./refundry.wasm", import.meta.url));

startBy(() => {
  const here = import.meta.url;
  if (!isElsewhere(here)) return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  // Browsers start workers from the page's own origin only; what those import may be from any.
  const text = `import ${JSON.stringify(new URL("./worker.js", here).href)};`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  return new Worker(url, { type: "module" });
});

/** Whether a module is from another origin than the page. */
function isElsewhere(module: string): boolean {
  return module.startsWith("http") && new URL(module).origin !== location.origin;
}

export * from "./index.js";
