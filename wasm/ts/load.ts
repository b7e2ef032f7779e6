/** Loading of the WebAssembly module: once, when it is first needed. */

import { type RefundryError, machine } from "./error.js";

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

/** What wasm-bindgen makes beside a module; the small one has some of it. @internal */
export type Raw = typeof import("./full/raw.js");

/** Which module is loaded, from where, and what its workers are. @internal */
export interface Choice {
  readonly raw: { initSync(options: { module: WebAssembly.Module }): unknown };
  /** Where the module is. */
  readonly find?: () => ModuleSource | Promise<ModuleSource>;
  /** Whether workers can't find it themselves. */
  readonly isHereAlone?: boolean;
  /** Starts a worker, where there are any. */
  readonly startWorker?: () => Worker;
}

let chosen: Choice | undefined;
let isFull = false;
let loading: Promise<Raw> | undefined;
let given: Promise<SentSource> | undefined;

/**
 * Chooses the module. The full one does all that the small one does, so it wins if both are imported: ledgers
 * that are open go on in the small one, and those that are opened next are in the full one.
 *
 * @internal
 */
export function choose(choice: Choice, full = false): void {
  if (chosen !== undefined && (isFull || !full)) return;
  chosen = choice;
  isFull = full;
  loading = undefined;
  given = undefined;
}

/** Starts a worker of the chosen module. @internal */
export function startWorker(): Worker {
  if (chosen?.startWorker === undefined) throw new TypeError("import refundry by the name of its package");
  return chosen.startWorker();
}

/**
 * Loads the WebAssembly module. There is no need to call this, except to say where the module is
 * (its URL, its bytes, or the compiled module) or to load it early. What it is told holds for the
 * workers of `RemoteLedger` too.
 */
export async function load(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<void> {
  if (source !== undefined && loading === undefined) given = toSend(source);
  await loaded();
}

/** The chosen module, which is loaded if it was not yet. @internal */
export function loaded(): Promise<Raw> {
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
  if (given === undefined && chosen?.isHereAlone === true && chosen.find !== undefined) given = toSend(chosen.find());
  return given;
}

/** Workers get a URL, or else the compiled module: bytes would be compiled once more in each. */
async function toSend(source: ModuleSource | PromiseLike<ModuleSource>): Promise<SentSource> {
  const known = await source;
  if (typeof known === "string" || "href" in known) return urlOf(known);
  return compile(known);
}

async function loadNow(said: Promise<SentSource> | undefined): Promise<Raw> {
  const choice = chosen;
  const source = said === undefined ? await choice?.find?.() : await said;
  if (choice === undefined || source === undefined) {
    throw new TypeError("load(source) must say where the WebAssembly module is");
  }
  choice.raw.initSync({ module: await compile(source) });
  return choice.raw as unknown as Raw;
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
    `the WebAssembly module could not be loaded from ${what} (${told}); nothing was changed; ` +
      "serve it there, say where it is with load(url), or import refundry/bundled, as esbuild and bun build need",
  );
}
