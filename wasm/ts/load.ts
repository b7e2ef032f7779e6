/** Loading of the WebAssembly module: once, when it is first needed. */

import initialize, { type InitInput, initSync } from "./raw.js";

let find: (() => InitInput | Promise<InitInput>) | undefined;
let loading: Promise<unknown> | undefined;

/** Says where the module is, unless that was said before. */
export function findBy(source: () => InitInput | Promise<InitInput>): void {
  find ??= source;
}

/**
 * Loads the WebAssembly module. There is no need to call this, except to say where the module is
 * (its URL, its bytes, or the compiled module) or to load it early.
 */
export function load(source?: InitInput): Promise<void> {
  loading ??= loadNow(source).catch((error: unknown) => {
    // Another attempt may succeed.
    loading = undefined;
    throw error;
  });
  return loading as Promise<void>;
}

async function loadNow(source?: InitInput): Promise<void> {
  const module = source ?? (await find?.());
  if (module === undefined) throw new TypeError("load(source) must say where refundry.wasm is");
  if (module instanceof Uint8Array) {
    initSync({ module: module as BufferSource });
  } else {
    await initialize({ module_or_path: module });
  }
}
