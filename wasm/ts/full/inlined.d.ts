/** What `refundry/full/bundled` carries. Made by `cargo xtask wasm`. */

/** The WebAssembly module, packed by gzip and written in base64. */
export const module: string;

/** The worker, as a script. */
export const worker: string;
