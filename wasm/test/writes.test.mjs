// Gathered writes: a file says and keeps what it would without them, and everything is there when it is flushed.

import test from "node:test";
import { equal, ok, thrown } from "./check.mjs";

/** A file in memory. */
class File {
  bytes = new Uint8Array(0);
  flushed = new Uint8Array(0);
  writes = 0;
  room = Infinity;

  write(bytes, { at = 0 } = {}) {
    this.writes += 1;
    if (at + bytes.length > this.room) throw new DOMException("full", "QuotaExceededError");
    const end = at + bytes.length;
    if (end > this.bytes.length) this.truncate(end);
    this.bytes.set(bytes, at);
    return bytes.length;
  }

  read(to, { at = 0 } = {}) {
    const part = this.bytes.subarray(at, at + to.length);
    to.set(part);
    return part.length;
  }

  getSize() {
    return this.bytes.length;
  }

  truncate(size) {
    const next = new Uint8Array(size);
    next.set(this.bytes.subarray(0, size));
    this.bytes = next;
  }

  flush() {
    this.flushed = this.bytes.slice();
  }

  close() {
    this.flush();
  }
}

let under;
globalThis.FileSystemFileHandle = class {
  async createSyncAccessHandle() {
    return (under = new File());
  }
};
const { gatherWrites } = await import("../pkg/writes.js");
gatherWrites();
const open = () => new FileSystemFileHandle().createSyncAccessHandle();

/** The same numbers each time. */
function randomBelow(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test("whatever is done, it is as without gathering", async () => {
  const below = randomBelow(7);
  for (let round = 0; round < 50; round += 1) {
    const [gathered, plain] = [await open(), new File()];
    let next = 0;
    for (let step = 0; step < 200; step += 1) {
      const kind = below(12);
      const at = below(3) === 0 ? below(300_000) : next;
      const length = below(40) === 0 ? 70_000 : below(4_000);
      const bytes = Uint8Array.from({ length }, () => below(256));
      const both = (call) => equal(call(gathered), call(plain), `round ${round}, step ${step}`);
      if (kind < 7) {
        both((file) => file.write(bytes, { at }));
        next = at + length;
        // What was handed over may be used again at once.
        bytes.fill(0);
      } else if (kind < 9) {
        const read = (file) => {
          const to = new Uint8Array(length);
          return [file.read(to, { at }), Buffer.from(to).toString("base64")];
        };
        both(read);
      } else if (kind === 9) both((file) => file.getSize());
      else if (kind === 10) both((file) => file.truncate(at));
      else {
        both((file) => file.flush());
        ok(Buffer.compare(under.flushed, plain.flushed) === 0, "what is flushed is all there");
      }
    }
    gathered.close();
    plain.close();
    ok(Buffer.compare(under.flushed, plain.flushed) === 0, "what is closed is all there");
  }
});

test("what follows is one write, and a full disk is told before a flush returns", async () => {
  const file = await open();
  for (let at = 0; at < 40_000; at += 2_000) file.write(new Uint8Array(2_000).fill(at / 2_000), { at });
  file.flush();
  equal([under.writes, under.flushed.length], [1, 40_000]);
  under.room = 50_000;
  file.write(new Uint8Array(20_000), { at: 40_000 });
  const error = await thrown(() => file.flush());
  equal([error.name, under.flushed.length], ["QuotaExceededError", 40_000]);
});
