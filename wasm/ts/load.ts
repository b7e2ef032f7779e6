/** Loading of the WebAssembly module: once, when it is first needed. */

import { type RefundryError, machine } from "./error.js";
import { initSync } from "./raw.js";

/** A module that was compiled already; a `WebAssembly.Module` where that type is known. */
export type CompiledModule = typeof globalThis extends {
  WebAssembly: { Module: new (...args: never[]) => infer Module };
}
  ? Module
  : object;

/** Where the module is: a URL, its bytes, a response with them, or the module compiled already. */
export type ModuleSource =
  | string
  | { readonly href: string }
  | Uint8Array
  | ArrayBuffer
  | { arrayBuffer(): Promise<ArrayBuffer> }
  | CompiledModule;

/** What workers can be sent. */
export type SentSource = string | CompiledModule;

let find: (() => ModuleSource | Promise<ModuleSource>) | undefined;
/** Whether workers can't find it themselves. */
let isHereAlone = false;
let loading: Promise<void> | undefined;
let given: Promise<SentSource> | undefined;

/** Says where the module is, unless that was said before, and whether workers have to be sent it. */
export function findBy(source: () => ModuleSource | Promise<ModuleSource>, hereAlone = false): void {
  if (find !== undefined) return;
  find = source;
  isHereAlone = hereAlone;
}

/**
 * Loads the WebAssembly module. There is no need to call this, except to say where the module is
 * (its URL, its bytes, or the compiled module) or to load it early. What it is told holds for the
 * workers of `RemoteLedger` too.
 */
export function load(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<void> {
  if (source !== undefined && loading === undefined) given = toSend(source);
  loading ??= loadNow(sourceForWorkers()).catch((error: unknown) => {
    // Another attempt may succeed.
    loading = undefined;
    given = undefined;
    throw error;
  });
  return loading;
}

/** Where workers are to load the module from, if they don't know themselves. */
export function sourceForWorkers(): Promise<SentSource> | undefined {
  if (given === undefined && isHereAlone && find !== undefined) given = toSend(find());
  return given;
}

/** Workers get a URL, or else the compiled module: bytes would be compiled once more in each. */
async function toSend(source: ModuleSource | PromiseLike<ModuleSource>): Promise<SentSource> {
  const known = await source;
  if (typeof known === "string" || "href" in known) return urlOf(known);
  return compile(known);
}

async function loadNow(said: Promise<SentSource> | undefined): Promise<void> {
  const source = said === undefined ? await find?.() : await said;
  if (source === undefined) throw new TypeError("load(source) must say where refundry.wasm is");
  initSync({ module: await compile(source) });
}

/** A URL as a worker understands it too, whose own address is another. */
function urlOf(source: string | { readonly href: string }): string {
  const base = (globalThis as { document?: { baseURI: string }; location?: { href: string } });
  const written = typeof source === "string" ? source : source.href;
  const from = base.document?.baseURI ?? base.location?.href;
  return from === undefined ? written : new URL(written, from).href;
}

async function compile(source: ModuleSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === "string" || "href" in source) return fetched(urlOf(source));
  const bytes = "arrayBuffer" in source ? await source.arrayBuffer() : source;
  try {
    return await WebAssembly.compile(bytes as BufferSource);
  } catch (error) {
    throw notLoaded("what load(source) was given", error);
  }
}

async function fetched(url: string): Promise<WebAssembly.Module> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    const type = response.headers.get("Content-Type");
    // Other types are refused by browsers, and some servers know no better.
    if (type !== "application/wasm") return await WebAssembly.compile(await response.arrayBuffer());
    return await WebAssembly.compileStreaming(response);
  } catch (error) {
    throw notLoaded(url, error);
  }
}

function notLoaded(what: string, error: unknown): RefundryError {
  const told = error instanceof Error ? error.message : String(error);
  return machine(
    321,
    `refundry.wasm could not be loaded from ${what} (${told}); nothing was changed; ` +
      "serve it there, say where it is with load(url), or import refundry/bundled, as esbuild and bun build need",
  );
}
