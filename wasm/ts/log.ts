/** SQLite's write-ahead log in a file of the pool, as far as it has to be cut off. */

/** Before a file's own bytes is the pool's page with its name. */
export const NAMED = 4096;

/** How much of a log's header is looked at: what it is, and its size of a page. */
const LOOK = 12;

/** Behind the log's header are frames: each has a header and a page. */
const FIRST_FRAME = NAMED + 32;
const FRAME_HEADER = 24;

/**
 * Where a log ends without what was written from `since` on; nothing for another file.
 *
 * SQLite fills the last sector of a commit with a frame, and writes that frame's end after the flush: it stays. A log
 * that begins anew has nothing that is not in the ledger's file.
 */
export function endOfLog(file: FileSystemSyncAccessHandle, since: number): number | undefined {
  const look = new DataView(new ArrayBuffer(LOOK));
  file.read(new Uint8Array(look.buffer), { at: NAMED });
  if ((look.getUint32(0) & ~1) !== 0x377f0682) return undefined;
  if (since < FIRST_FRAME) return NAMED;
  const frame = FRAME_HEADER + look.getUint32(8);
  return FIRST_FRAME + Math.ceil((since - FIRST_FRAME) / frame) * frame;
}
