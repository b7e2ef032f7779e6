/** The work of a {@link RemoteLedger}'s worker: it holds one ledger, and answers one call at a time. */

import { Ledger } from "./ledger.js";
import { load } from "./load.js";
import { type Answer, type BatchCall, type Call, type Opening, type Outcome, problemOf } from "./protocol.js";

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
let ledger: Ledger | undefined;
/** Why it could not be opened: those who called meanwhile are told the same. */
let refusal: unknown = new TypeError("the ledger is not open");
// An opening takes its time; calls that come meanwhile wait for it.
let before: Promise<void> = Promise.resolve();

scope.addEventListener("message", ({ data: call }: MessageEvent<Call>) => {
  before = before.then(() => answer(call));
});

async function answer(call: Call): Promise<void> {
  try {
    const value = call.method === undefined ? await open(call.args[0] as Opening) : run(call);
    say({ id: call.id, value });
  } catch (error) {
    say({ id: call.id, problem: problemOf(error) });
  }
}

function say(answer: Answer): void {
  const bytes = "value" in answer && answer.value instanceof Uint8Array ? answer.value : undefined;
  scope.postMessage(answer, bytes === undefined ? [] : [bytes.buffer]);
}

async function open({ how, args, source }: Opening): Promise<unknown> {
  try {
    if (source !== undefined) await load(source);
    ledger = await (Ledger[how] as (...args: readonly unknown[]) => Promise<Ledger>)(...args);
  } catch (error) {
    refusal = error;
    throw error;
  }
  return { storage: ledger.storage };
}

function run(call: Call): unknown {
  if (ledger === undefined) throw refusal;
  if (call.method === "batch") {
    const calls = call.args[0] as readonly BatchCall[];
    return ledger.batch(() => calls.map((one) => outcomeOf({ id: call.id, ...one })));
  }
  const target = call.merchantId === undefined ? ledger : ledger.book(call.merchantId);
  const method = (target as unknown as Record<string, (...args: unknown[]) => unknown>)[
    call.method ?? ""
  ];
  if (method === undefined) throw new TypeError(`there is no method ${call.method}`);
  const value = method.apply(target, argumentsOf(call));
  // A book stays here; the page makes its own.
  return call.method === "book" ? undefined : value;
}

/** A call of a batch: what is refused disturbs no other. */
function outcomeOf(call: Call): Outcome {
  try {
    return { value: run(call) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function argumentsOf(call: Call): unknown[] {
  if (call.method === "export") {
    const write = (piece: string): void => say({ id: call.id, progress: piece });
    return [call.args[0], write, call.args[1]];
  }
  if (call.wanted === undefined && call.progress !== true) return [...call.args];
  const options = { ...(call.args.at(-1) as object), progress: progressOf(call) };
  return [...call.args.slice(0, -1), options];
}

/** Tells the page, and looks whether the call is still wanted. */
function progressOf({ id, wanted, progress }: Call): (progress: unknown) => void {
  return (told) => {
    if (progress === true) say({ id, progress: told });
    if (wanted !== undefined && !isWanted(wanted)) throw new DOMException("", "AbortError");
  };
}

/**
 * A worker in the middle of a call gets no messages. What it can do is to fetch, and wait for the
 * answer; the page revokes the URL to stop the call.
 */
function isWanted(url: string): boolean {
  const request = new XMLHttpRequest();
  try {
    request.open("GET", url, false);
    request.send();
    return true;
  } catch {
    return false;
  }
}
