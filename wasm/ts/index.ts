/** Refunds that cannot go wrong: a full double-entry ledger, in browsers, Node, Bun, Deno and workerd. */

export type * from "./answers.js";
export { Book } from "./book.js";
export { type ErrorCode, type ErrorDetails, RefundryError } from "./error.js";
export { Ledger } from "./ledger.js";
export { type CompiledModule, type ModuleSource, load } from "./load.js";
export type { Lines } from "./long.js";
export type * from "./objects.js";
export { deleteStoredLedger, storedLedgers } from "./pool.js";
export {
  type Remote,
  type RemoteBatch,
  RemoteBook,
  RemoteLedger,
  type RemoteOptions,
  type RemoteStoredOptions,
} from "./remote.js";
export type * from "./requests.js";
export { storedLedgerReleased } from "./turn.js";
