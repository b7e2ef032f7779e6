// Ledgers that the browser keeps. Each step runs in a page; between them pages come and go.

import { equal, ok, refused } from "./check.mjs";
import { CHARGE, START } from "./shop.mjs";

export const steps = {
  async fill({ RemoteLedger }) {
    const ledger = await RemoteLedger.open("shop", { clock: START, seed: 3 });
    equal(ledger.storage.kind, "opfs");
    equal(typeof ledger.storage.persisted, "boolean");
    await ledger.createMerchant({ id: "acct_cairo", name: "متجر" });
    const book = await ledger.book("acct_cairo");
    const { id } = await book.createCharge({ ...CHARGE, id: "ch_1" });
    for (let i = 0; i < 20; i += 1) await book.createRefund({ chargeId: id, amount: "10" });
    globalThis.kept = ledger;
    return book.head();
  },

  async read({ RemoteLedger, storedLedgers }) {
    equal(await storedLedgers(), ["shop"]);
    const ledger = await RemoteLedger.open("shop", { clock: START });
    const book = await ledger.book("acct_cairo");
    equal((await book.charge("ch_1")).amountRefunded, "200");
    const head = { merchantId: "acct_cairo", ...(await book.head()) };
    equal(await ledger.verify({ kept: [head] }), { books: 1, entries: 21, foreign: [], forks: [] });
    globalThis.kept = ledger;
    return book.head();
  },

  async free() {
    await globalThis.kept.free();
  },

  async "is held elsewhere"({ RemoteLedger, deleteStoredLedger }) {
    const error = await refused(() => RemoteLedger.open("shop"), "lock_timeout", { number: 300 });
    ok(/another tab/.test(error.message), error.message);
    await refused(() => deleteStoredLedger("shop"), "lock_timeout");
    // Another ledger is nobody's business.
    await (await RemoteLedger.open("other")).free();
    await deleteStoredLedger("other");
  },

  /** Opens ledgers beside each other, without a page's worker for each. */
  async "in one worker"() {
    const text = `
      import { Ledger } from "${location.origin}/pkg/browser.js";
      import { oneWorker } from "${location.origin}/test/stored.mjs";
      const told = (error) => (error instanceof Error ? error.message : String(error));
      oneWorker(Ledger).then(() => postMessage("done"), (error) => postMessage(told(error)));
    `;
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    const said = await new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => resolve(data));
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    });
    worker.terminate();
    equal(said, "done");
  },

  /** Begins an import that takes its time, and returns in the middle of it. */
  async "begin an import"({ RemoteLedger }) {
    const ledger = await RemoteLedger.open("shop", { clock: START });
    const charge = (i) =>
      `{"object":"charge","id":"ch_x${i}","merchantId":"acct_cairo","amount":"500","amountCaptured":"500","fee":"0","currency":"EGP","status":"succeeded","availableOn":"${START}","createdAt":"${START}"}\n`;
    const lines = Array.from({ length: 50_000 }, (_, i) => charge(i)).join("");
    await new Promise((resolve, reject) => {
      const progress = (told) => told.lines >= 20_000 && resolve();
      // The page goes away before the import is done.
      ledger.import(lines, { progress }).then(() => reject(new Error("it was done")), reject);
    });
  },

  async "from bytes and back"({ Ledger, RemoteLedger, deleteStoredLedger, storedLedgers }) {
    const local = await Ledger.inMemory({ clock: START });
    local.createMerchant({ id: "acct_copy", name: "Copy" });
    const bytes = local.toBytes();
    const ledger = await RemoteLedger.open("copy", { bytes, clock: START });
    const book = await ledger.book("acct_copy");
    await book.createCharge({ ...CHARGE, id: "ch_9" });
    const back = await Ledger.fromBytes(await ledger.toBytes());
    equal(back.book("acct_copy").head(), await book.head());
    await ledger.free();
    const taken = await refused(() => RemoteLedger.open("copy", { bytes }), "api_error", { number: 311 });
    ok(/exists already/.test(taken.message), taken.message);
    await refused(() => RemoteLedger.open("bad", { bytes: bytes.slice(100) }), "api_error");
    const again = await RemoteLedger.open("copy");
    equal((await (await again.book("acct_copy")).charges()).data.map(({ id }) => id), ["ch_9"]);
    await again.free();
    for (const name of await storedLedgers()) await deleteStoredLedger(name);
    equal(await storedLedgers(), []);
  },
};

/** What a worker of one's own does, which opens ledgers itself. */
export async function oneWorker(Ledger) {
  const persisted = navigator.storage.persisted.bind(navigator.storage);
  // The browser may take its time to answer.
  navigator.storage.persisted = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return persisted();
  };
  const names = ["one", "two"];
  const ledgers = await Promise.all(names.map((name) => Ledger.open(name)));
  ledgers.forEach((ledger, place) => ledger.createMerchant({ id: `acct_${names[place]}`, name: "Shop" }));
  await refused(() => Ledger.open("one"), "lock_timeout", { number: 300 });
  for (const ledger of ledgers) {
    ledger.free();
    ledger.free();
  }
  for (const name of names) {
    const again = await Ledger.open(name);
    equal(again.merchants().map(({ id }) => id), [`acct_${name}`]);
    again.free();
  }
}

export const stored = {
  async "a stored ledger survives a reload, and a page that is closed"({ open, runIn }) {
    const page = await open();
    const head = await runIn(page, "steps", "fill");
    await page.reload();
    equal(await eventually(() => runIn(page, "steps", "read")), head);
    await page.close();
    const next = await open();
    equal(await eventually(() => runIn(next, "steps", "read")), head);
    await next.close();
  },

  async "a second tab is told, and can have the ledger afterwards"({ open, runIn }) {
    const [first, second] = [await open(), await open()];
    const head = await eventually(() => runIn(first, "steps", "read"));
    await runIn(second, "steps", "is held elsewhere");
    await runIn(first, "steps", "free");
    equal(await runIn(second, "steps", "read"), head);
    await runIn(second, "steps", "free");
    await first.close();
    await second.close();
  },

  async "a page that is closed in the middle of an import leaves nothing of it"({ open, runIn }) {
    const page = await open();
    await eventually(() => runIn(page, "steps", "begin an import"));
    await page.close();
    const next = await open();
    await eventually(() => runIn(next, "steps", "read"));
    await next.close();
  },

  async "ledgers that one worker opens at once are each in their own place"({ open, runIn }) {
    const page = await open();
    await runIn(page, "steps", "in one worker");
    await page.close();
  },

  async "a stored ledger begins as bytes, is given as bytes, and is deleted"({ open, runIn }) {
    const page = await open();
    await runIn(page, "steps", "from bytes and back");
    await page.close();
  },
};

/** The browser takes a moment to release what a page that is gone held. */
async function eventually(attempt) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 50 || !/another tab/.test(error.message)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
