// Ledgers on disks that get full, break or lose power at any call once the ledger was made, also while it is closed,
// opened and recovered: nothing acknowledged is lost, what was refused is not there, and the ledger goes on.
// REFUNDRY_SOAK=1 tries longer.

import { createHash } from "node:crypto";
import test from "node:test";
import { equal, ok, thrown } from "./check.mjs";
import { Disk, pretend, randomBelow } from "./opfs.mjs";
import { CHARGE, START } from "./shop.mjs";

const ROUNDS = process.env.REFUNDRY_SOAK === "1" ? 250 : 10;

let disk;
let ledgers = 0;
pretend(() => disk);
const { Ledger, RefundryError } = await import("../pkg/full/node.js");
const { gathering } = await import("../pkg/writes.js");

/** What befalls the disk, and for how long. */
const TROUBLES = {
  "loses power"(below) {
    disk.life = 1 + below(80);
  },
  "gets full"(below) {
    disk.room = disk.used + below(60_000);
  },
  "fails at times"(below) {
    const rare = 2 + below(40);
    disk.fails = (call) => call !== "read" && below(rare) === 0;
  },
  "fails to flush"(below) {
    const rare = 1 + below(8);
    disk.failure = below(2) === 0 ? "QuotaExceededError" : "InvalidStateError";
    disk.drops = () => below(2) === 0;
    disk.fails = (call) => call === "flush" && below(rare) === 0;
  },
};

for (const [trouble, begin] of Object.entries(TROUBLES)) {
  test(`nothing acknowledged is lost on a disk that ${trouble}`, async () => {
    const seen = { acknowledged: 0, refused: 0, unknown: 0, unopened: 0 };
    for (let seed = 0; seed < ROUNDS; seed += 1) await round(seed, begin, seen, seed % 3 === 2);
    // The log that a full disk can't take is put into the file, so that refunds go on.
    const least = trouble === "gets full" ? 10 * ROUNDS : ROUNDS;
    ok(seen.acknowledged > least && seen.refused + seen.unknown > ROUNDS / 2, JSON.stringify(seen));
    ok(seen.unopened > 0 || trouble === "gets full", JSON.stringify(seen));
    if (process.env.REFUNDRY_SOAK === "1") console.log(trouble, JSON.stringify(seen));
  });
}

test("a ledger whose making lost power is made at the next attempt", async () => {
  for (let seed = 0; seed < 4 * ROUNDS; seed += 1) {
    const below = randomBelow(seed + 1);
    disk = new Disk();
    const name = `made-${(ledgers += 1)}`;
    disk.life = 1 + below(60);
    await Ledger.open(name).then((ledger) => ledger.free(), () => undefined).catch(() => undefined);
    disk.restart(below);
    const ledger = await Ledger.open(name, { clock: START });
    ledger.createMerchant({ id: "acct_cairo", name: "Cairo Books" });
    equal(ledger.verify().books, 1, `seed ${seed}`);
    ledger.free();
  }
});

test("a log that is not flushed is cut off where it stood, and what SQLite was told to have failed is not written", async () => {
  disk = new Disk();
  const file = await opened("log");
  const [first, frame] = [4096 + 32, 24 + 512];
  const header = new DataView(new ArrayBuffer(32));
  header.setUint32(0, 0x377f0682);
  header.setUint32(8, 512);
  file.write(new Uint8Array(header.buffer), { at: 4096 });
  const frames = (from, to) => file.write(new Uint8Array((to - from) * frame).fill(from + 1), { at: first + from * frame });
  frames(0, 4);
  file.flush();
  // The end of a frame that fills the sector comes after the flush.
  file.write(new Uint8Array(100).fill(1), { at: first + 5 * frame - 100 });
  for (const [trouble, name] of [[{ room: disk.used + 2 * frame }, "QuotaExceededError"], [{ fails: (call) => call === "flush" }, "InvalidStateError"]]) {
    Object.assign(disk, trouble);
    frames(5, 9);
    equal((await thrown(() => file.flush())).name, name);
    calm();
    equal(disk.files.get("log").bytes.length, first + 5 * frame);
  }
  disk.room = disk.used;
  equal((await thrown(() => frames(5, 600))).name, "QuotaExceededError");
  calm();
  equal((await thrown(() => file.flush())).name, "QuotaExceededError");
  frames(5, 6);
  file.flush();
  const { bytes } = disk.files.get("log");
  equal([bytes.length, bytes.at(-frame - 1), bytes.at(-1)], [first + 6 * frame, 1, 6]);
  disk.room = disk.used;
  await thrown(() => frames(6, 600));
  calm();
  file.close();
  equal(disk.files.get("log").bytes.length, first + 6 * frame);
});

test("gathered writes are read, cut off and flushed as plain ones", async () => {
  const below = randomBelow(7);
  for (let round = 0; round < 4; round += 1) {
    disk = new Disk();
    const gathered = await opened("gathered");
    const plain = disk.open("plain");
    let next = 0;
    for (let step = 0; step < 200; step += 1) {
      const kind = below(12);
      const at = below(3) === 0 ? below(60_000) : next;
      const length = below(40) === 0 ? 300_000 : below(4_000);
      const both = (call) => equal(call(gathered), call(plain), `round ${round}, step ${step}`);
      if (kind < 7) {
        const bytes = Uint8Array.from({ length }, () => below(256));
        both((file) => file.write(bytes, { at }));
        next = at + length;
        // What was handed over may be used again at once.
        bytes.fill(0);
      } else if (kind < 9) {
        both((file) => {
          const to = new Uint8Array(length).fill(1);
          return [file.read(to, { at }), createHash("sha1").update(to).digest("hex")];
        });
      } else if (kind === 9) both((file) => file.getSize());
      else if (kind === 10) both((file) => file.truncate(at));
      else {
        both((file) => file.flush());
        const [a, b] = ["gathered", "plain"].map((name) => disk.files.get(name).bytes);
        ok(Buffer.compare(a, b) === 0, "what is flushed is all there");
      }
    }
  }
});

test("what follows is one write, a full disk is told by the flush, and nothing is forgotten", async () => {
  disk = new Disk();
  const file = await opened("one");
  const write = (from, to) => {
    for (let at = from; at < to; at += 2_000) file.write(new Uint8Array(2_000).fill(1 + at / 2_000), { at });
  };
  write(0, 40_000);
  file.flush();
  equal([disk.counts.write, disk.used], [1, 40_000]);
  disk.room = 50_000;
  write(40_000, 60_000);
  for (let attempt = 0; attempt < 2; attempt += 1) equal((await thrown(() => file.flush())).name, "QuotaExceededError");
  equal([disk.used, file.getSize()], [50_000, 60_000]);
  // A rollback cuts off what did not fit, and goes on.
  file.truncate(45_000);
  file.flush();
  equal([disk.used, file.getSize()], [45_000, 45_000]);
  disk.room = Infinity;
  write(46_000, 60_000);
  file.flush();
  const { bytes } = disk.files.get("one");
  equal([bytes[44_999], bytes[45_500], bytes[59_999]], [23, 0, 30]);
});

test("only a ledger's own files gather, and the browser's way to open files comes back", async () => {
  disk = new Disk();
  const another = await import("../pkg/writes.js?another");
  const browsers = FileSystemFileHandle.prototype.createSyncAccessHandle;
  const [a, b] = await Promise.all(["a", "b"].map(folder));
  const write = async (name, options) => {
    const file = await new FileSystemFileHandle(name).createSyncAccessHandle(options);
    file.write(new Uint8Array(1), { at: 0 });
    return [file.mode, disk.files.get(name).bytes.length];
  };
  await gathering(a, async () => {
    equal(await write("a/1"), [undefined, 0]);
    equal(await write("b/1", { mode: "readwrite-unsafe" }), ["readwrite-unsafe", 1]);
  });
  // Two copies of the package, the first of which is done before the other.
  let next;
  const first = gathering(a, () => new Promise((resolve) => (next = resolve)));
  const second = another.gathering(b, async () => {
    next();
    await first;
  });
  await second;
  ok(FileSystemFileHandle.prototype.createSyncAccessHandle === browsers, "what the browser has is back");
});

const folder = async (name) => (await navigator.storage.getDirectory()).getDirectoryHandle(name);

/** Opens a file that gathers its writes. */
async function opened(name) {
  const root = await navigator.storage.getDirectory();
  return gathering(root, () => new FileSystemFileHandle(name).createSyncAccessHandle());
}

/** What befalls a ledger, which the version before may have made. */
async function round(seed, begin, seen, isOlder) {
  const below = randomBelow(seed + 1);
  disk = new Disk();
  const name = `shop-${(ledgers += 1)}`;
  const open = () => Ledger.open(name, { clock: START, seed });
  let ledger = await open();
  ledger.createMerchant({ id: "acct_cairo", name: "Cairo Books" });
  ledger.book("acct_cairo").createCharge({ ...CHARGE, id: "ch_1" });
  const { names } = disk;
  if (isOlder) {
    disk.older(ledger.toBytes());
    ledger = await openedAnew(ledger, open, begin, below, seen);
  }
  const story = { acknowledged: new Map(), refused: new Set(), unknown: new Set() };
  for (let part = 0; part < 3; part += 1) {
    const book = ledger.book("acct_cairo");
    begin(below);
    for (let step = 0; step < 12; step += 1) refund(ledger, book, `${part}-${step}`, below, story);
    // The same handle goes on where there is power; otherwise, and at times, another one does.
    if (disk.life <= 0 || below(2) === 0) ledger = await openedAnew(ledger, open, begin, below, seen);
    else calm();
    check(ledger, story, `seed ${seed}, part ${part}`);
  }
  ledger.free();
  if (!isOlder) equal(disk.names, names, "the names of files are as they were when the ledger was made");
  for (const [name, keys] of Object.entries(story)) seen[name] += keys.size;
}

function calm() {
  Object.assign(disk, { room: Infinity, fails: () => false, life: Infinity });
}

/** Closes a ledger and opens it, with trouble at both; only the last attempt has none. */
async function openedAnew(ledger, open, begin, below, seen) {
  for (let attempts = below(4); ; attempts -= 1) {
    try {
      ledger?.free();
    } catch {
      // Its files are gone.
    }
    ledger = undefined;
    if (disk.life <= 0 || below(2) === 0) disk.restart(below);
    calm();
    if (attempts > 0) begin(below);
    try {
      ledger = await open();
    } catch (error) {
      if (!(error instanceof RefundryError) || attempts <= 0) throw error;
      seen.unopened += 1;
    }
    if (ledger !== undefined && disk.life > 0) {
      calm();
      return ledger;
    }
  }
}

/** Asks for refunds, alone or in a batch, and notes what was said. */
function refund(ledger, book, name, below, { acknowledged, refused, unknown }) {
  const keys = Array.from({ length: below(4) === 0 ? 1 + below(20) : 1 }, (_, at) => `${name}-${at}`);
  const description = "x".repeat(below(3) === 0 ? below(500) : 0);
  const ask = (key) => [key, book.createRefund({ chargeId: "ch_1", amount: "1", description }, key).id];
  try {
    const made = keys.length === 1 ? [ask(keys[0])] : ledger.batch(() => keys.map(ask));
    for (const [key, id] of made) acknowledged.set(key, id);
  } catch (error) {
    if (!(error instanceof RefundryError)) throw error;
    // 324: whether it was recorded is not known.
    for (const key of keys) (error.number === 324 ? unknown : refused).add(key);
  }
}

function check(ledger, { acknowledged, refused, unknown }, where) {
  const book = ledger.book("acct_cairo");
  for (const [key, id] of acknowledged) equal(book.findByKey("refund", key)?.id, id, `${where}: ${key}`);
  for (const key of refused) equal(book.findByKey("refund", key), null, `${where}: ${key} was refused`);
  const recorded = [...unknown].filter((key) => book.findByKey("refund", key) !== null);
  for (const key of recorded) {
    acknowledged.set(key, book.findByKey("refund", key).id);
    unknown.delete(key);
  }
  equal(ledger.verify().entries, 1 + acknowledged.size, where);
}
