/** Long calls: where their lines come from, how far they are, and how they are stopped. */

import { invalid } from "./error.js";
import type { LongCall, Pieces } from "./requests.js";

/** Lines of an import. */
export type Lines = string | Uint8Array | Pieces | Iterable<string | Uint8Array>;

/** Bytes of text that are handed over at a time. */
const PIECE = 1 << 16;

/** A function that returns the next bytes, or undefined at the end. */
export interface Source {
  next: () => Uint8Array | undefined;
  /** What the caller's iterable threw, if it did. */
  failed: () => unknown;
}

export function piecesOf(lines: Lines): Source {
  const pieces = wholeCharacters(iterableOf(lines));
  const encoder = new TextEncoder();
  let failed: unknown;
  const next = (): Uint8Array | undefined => {
    try {
      const { done, value } = pieces.next();
      if (done === true) return undefined;
      const bytes = typeof value === "string" ? encoder.encode(value) : value;
      if (!(bytes instanceof Uint8Array)) throw invalid("lines", "made of strings or Uint8Arrays");
      return bytes;
    } catch (error) {
      failed = error;
      throw error;
    }
  };
  return { next, failed: () => failed };
}

function iterableOf(lines: Lines): Iterable<string | Uint8Array> {
  if (typeof lines === "string") return piecesOfText(lines);
  if (lines instanceof Uint8Array) return [lines];
  if (typeof Blob === "function" && lines instanceof Blob) return piecesOfBlob(lines);
  if (typeof lines === "object" && lines !== null && Symbol.iterator in lines) return lines;
  throw invalid("lines", "a string, a Uint8Array, a Blob, or an iterable of strings or Uint8Arrays");
}

function* piecesOfText(text: string): Generator<string> {
  for (let begin = 0; begin < text.length; begin += PIECE) yield text.slice(begin, begin + PIECE);
}

/** Holds the first half of a character back until the second comes, with the next piece. */
function* wholeCharacters(
  pieces: Iterable<string | Uint8Array>,
): Generator<string | Uint8Array, undefined> {
  let half = "";
  for (const piece of pieces) {
    const text = typeof piece === "string" ? half + piece : half;
    const last = text.charCodeAt(text.length - 1);
    half = typeof piece === "string" && last >= 0xd800 && last < 0xdc00 ? text.slice(-1) : "";
    yield half === "" ? text : text.slice(0, -1);
    if (typeof piece !== "string") yield piece;
  }
  yield half;
}

function* piecesOfBlob(blob: Blob): Generator<Uint8Array> {
  if (typeof FileReaderSync !== "function") {
    throw invalid("lines", "something other than a Blob, which only a worker can read piece by piece");
  }
  const reader = new FileReaderSync();
  for (let begin = 0; begin < blob.size; begin += PIECE) {
    yield new Uint8Array(reader.readAsArrayBuffer(blob.slice(begin, begin + PIECE)));
  }
}

/** How a long call is watched. */
export interface Watch {
  /** Returns false to stop the call. */
  tell: ((done: number, total: number) => boolean) | undefined;
  /** What the caller's function threw, or why its signal was given, if it was. */
  failed: () => unknown;
}

export function watched<Progress>(
  options: LongCall<Progress>,
  progressOf: (done: number, total: number) => Progress,
): Watch {
  const { progress, signal } = options;
  signal?.throwIfAborted();
  let failed: unknown;
  const tell = (done: number, total: number): boolean => {
    try {
      progress?.(progressOf(done, total));
    } catch (error) {
      failed = error;
      return false;
    }
    return signal?.aborted !== true;
  };
  const needed = progress !== undefined || signal !== undefined;
  return { tell: needed ? tell : undefined, failed: () => failed };
}
