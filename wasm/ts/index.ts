/** Refunds that cannot go wrong: a full double-entry ledger, in the browser and in Node. */

export type * from "./answers.js";
export { Book } from "./book.js";
export { type ErrorCode, type ErrorDetails, RefundryError } from "./error.js";
export { Ledger } from "./ledger.js";
export { load } from "./load.js";
export type { Lines } from "./long.js";
export type * from "./objects.js";
export { deleteStoredLedger, storedLedgers } from "./pool.js";
export { type Remote, RemoteBook, RemoteLedger } from "./remote.js";
export type * from "./requests.js";
