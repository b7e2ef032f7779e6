import type { CompiledModule } from "../load.js";

/**
 * The WebAssembly module, compiled: what an import of it is in workerd, and where bundlers are told so. What it
 * is elsewhere depends on the bundler: `load` takes a URL, bytes and a compiled module alike.
 */
declare const module: CompiledModule;
export default module;
