// Ledgers that the browser keeps. Each step runs in a page; between them pages come and go.

import { equal, ok, refused, thrown } from "./check.mjs";
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
    const begin = Date.now();
    const error = await refused(() => RemoteLedger.open("shop", { wait: 0 }), "lock_timeout", { number: 300 });
    ok(Date.now() - begin < 4_000, "it was told at once");
    ok(/another tab/.test(error.message), error.message);
    await refused(() => deleteStoredLedger("shop"), "lock_timeout");
    // Another ledger is nobody's business.
    await (await RemoteLedger.open("other")).free();
    await deleteStoredLedger("other");
  },

  async "waits in vain"({ RemoteLedger }) {
    const begin = Date.now();
    await refused(() => RemoteLedger.open("shop", { wait: 1_000 }), "lock_timeout");
    const waited = Date.now() - begin;
    ok(waited >= 1_000 && waited < 5_000, `it waited ${waited} ms`);
    for (const wait of [-1, NaN, "1", null]) {
      await refused(() => RemoteLedger.open("shop", { wait }), "parameter_invalid", { param: "wait" });
    }
  },

  /** Begins to wait for the other tab, and for word that it let go. */
  async "begin to wait"({ RemoteLedger, storedLedgerReleased }) {
    globalThis.told = [];
    const tell = (what) => () => globalThis.told.push(what);
    const stop = new AbortController();
    globalThis.stopped = thrown(() => storedLedgerReleased("shop", { signal: stop.signal }));
    globalThis.released = storedLedgerReleased("shop").then(tell("released"));
    globalThis.opened = RemoteLedger.open("shop", { wait: Infinity, clock: START });
    globalThis.opened.then(tell("opened"));
    await new Promise((resolve) => setTimeout(resolve, 500));
    equal(globalThis.told, []);
    stop.abort();
    equal((await globalThis.stopped).name, "AbortError");
    await storedLedgerReleased("nobodys");
  },

  async "have waited"() {
    await globalThis.released;
    globalThis.kept = await globalThis.opened;
    equal(globalThis.told.sort(), ["opened", "released"]);
    equal((await globalThis.kept.merchants()).length, 1);
  },

  /** What React's StrictMode does: effects run, are undone, and run again, all without waiting. */
  async "in quick turns"({ RemoteLedger, deleteStoredLedger }) {
    const opened = [];
    for (let turn = 0; turn < 5; turn += 1) {
      if (turn > 0) opened.at(-1).then((ledger) => ledger.free());
      opened.push(RemoteLedger.open("quick"));
    }
    const last = await opened.at(-1);
    const settled = Promise.allSettled(opened);
    await last.createMerchant({ id: "acct_quick", name: "Quick" });
    for (let turn = 0; turn < 5; turn += 1) {
      const ledger = await RemoteLedger.open("turns", { wait: 0 });
      void ledger.free();
    }
    await Promise.all([last.free(), last.free()]);
    await last.free();
    equal((await settled).map(({ status }) => status), Array(5).fill("fulfilled"));
    const freed = await thrown(() => last.merchants());
    ok(freed instanceof TypeError && /was freed/.test(freed.message), freed.message);
    for (const name of ["quick", "turns"]) await deleteStoredLedger(name);
  },

  /** Opens a ledger and forgets it; needs a browser whose collector can be called. */
  async "is forgotten"({ RemoteLedger, deleteStoredLedger }) {
    await (async () => {
      const ledger = await RemoteLedger.open("forgotten");
      await ledger.createMerchant({ id: "acct_lost", name: "Lost" });
      await (await ledger.book("acct_lost")).head();
    })();
    const collected = setInterval(() => globalThis.gc(), 50);
    const again = await RemoteLedger.open("forgotten", { wait: 20_000 });
    clearInterval(collected);
    equal((await again.merchants()).length, 1);
    const book = await again.book("acct_lost");
    await again.free();
    ok(/was freed/.test((await thrown(() => book.head())).message), "it was freed");
    await deleteStoredLedger("forgotten");
  },

  /** A browser that does not answer whether it will keep the ledger keeps nobody waiting. */
  async "is not answered"({ RemoteLedger, deleteStoredLedger }) {
    const answers = [];
    navigator.storage.persist = () => new Promise((resolve) => answers.push(resolve));
    const ledger = await RemoteLedger.open("asked");
    equal(answers.length, 1);
    const { persisted } = ledger.storage;
    equal(await Promise.race([ledger.persistence, "no answer yet"]), "no answer yet");
    answers[0](true);
    equal(await ledger.persistence, true);
    equal(ledger.storage, { kind: "opfs", name: "asked", persisted: true });
    await ledger.free();
    const quiet = await RemoteLedger.open("asked", { persist: false });
    equal(answers.length, 1);
    equal(await quiet.persistence, persisted);
    const asked = quiet.persist();
    answers[1](true);
    equal([await asked, quiet.storage.persisted], [true, true]);
    navigator.storage.persist = () => Promise.reject(new Error("not now"));
    equal(await quiet.persist(), false);
    await quiet.free();
    await deleteStoredLedger("asked");
    delete navigator.storage.persist;
    const memory = await RemoteLedger.inMemory();
    equal([await memory.persist(), await memory.persistence], [false, false]);
    await memory.free();
  },

  async "is unknown"({ deleteStoredLedger }) {
    const error = await refused(() => deleteStoredLedger("nobody"), "api_error", { number: 310 });
    ok(/no stored ledger nobody/.test(error.message), error.message);
    await refused(() => deleteStoredLedger("../x"), "parameter_invalid", { param: "name" });
  },

  /** Leaves a call behind that is about to be made when the page is left. */
  async "make ready to be left"({ RemoteLedger }) {
    const ledger = await RemoteLedger.open("left", { clock: START, seed: 5 });
    await ledger.createMerchant({ id: "acct_left", name: "Left" });
    const book = await ledger.book("acct_left");
    await ledger.setClock("2024-01-02T00:00:00.000Z");
    const { id } = await book.createCharge({ ...CHARGE, id: "ch_left" });
    const refund = await book.createRefund({ chargeId: id, amount: "1" }, "k");
    addEventListener("pageshow", ({ persisted }) => (globalThis.shown = persisted));
    addEventListener("pagehide", () => (globalThis.late = thrown(() => book.head())));
    Object.assign(globalThis, { ledger, book, refund });
    globalThis.beingMade = thrown(() => ledger.import("\n".repeat(30_000_000)));
  },

  async "be shown again"() {
    const { ledger, book, refund } = globalThis;
    equal(globalThis.shown, true);
    const cut = await globalThis.beingMade;
    equal([cut.code, cut.number], ["api_error", 324]);
    ok(/idempotency key/.test(cut.message), cut.message);
    const late = await globalThis.late;
    equal([late.code, late.number], ["canceled", 201]);
    equal((await book.findByKey("refund", "k")).id, refund.id);
    const next = await book.createRefund({ chargeId: "ch_left", amount: "1" });
    ok(next.id !== refund.id, "a seed does not give the same ids again");
    equal(next.createdAt, "2024-01-02T00:00:00.000Z");
    const at = ledger.storage;
    equal([at.kind, at.name], ["opfs", "left"]);
    await ledger.free();
  },

  async "have room"({ RemoteLedger }) {
    const ledger = await RemoteLedger.open("full", { clock: START });
    await ledger.createMerchant({ id: "acct_full", name: "Full" });
    const book = await ledger.book("acct_full");
    await book.createCharge({ ...CHARGE, id: "ch_1" });
    globalThis.kept = ledger;
  },

  /** Fills what room there is left in the file, and a bit. */
  async "have none"({ RemoteLedger }) {
    const ledger = globalThis.kept;
    const book = await ledger.book("acct_full");
    const description = "x".repeat(500);
    const error = await thrown(async () => {
      for (let made = 0; made < 3_000; made += 1) await book.createRefund({ chargeId: "ch_1", amount: "1", description });
    });
    ok(error.code === "api_error" && [320, 321].includes(error.number), `${error.number} ${error.message}`);
    const other = await refused(() => RemoteLedger.open("none"), "api_error", { number: 320 });
    ok(/no room/.test(other.message), other.message);
    return "refused";
  },

  async "have room again"({ deleteStoredLedger, storedLedgers }) {
    const ledger = globalThis.kept;
    const book = await ledger.book("acct_full");
    await book.createRefund({ chargeId: "ch_1", amount: "1" });
    equal((await ledger.verify()).books, 1);
    await ledger.free();
    for (const name of await storedLedgers()) await deleteStoredLedger(name);
  },

  /** In a private window of Firefox, where there are no such files. */
  async "is private"({ RemoteLedger, deleteStoredLedger, storedLedgers, storedLedgerReleased }) {
    for (const call of [
      () => RemoteLedger.open("shop"),
      () => storedLedgers(),
      () => deleteStoredLedger("shop"),
    ]) {
      const error = await refused(call, "api_error", { number: 317 });
      ok(/private window/.test(error.message), error.message);
    }
    await storedLedgerReleased("shop");
    const ledger = await RemoteLedger.inMemory();
    const { kind } = ledger.storage;
    await ledger.free();
    return `in ${kind}`;
  },

  /** Another tab has it meanwhile. */
  async "have what was left"({ RemoteLedger }) {
    globalThis.kept = await RemoteLedger.open("left", { wait: 10_000 });
    equal((await globalThis.kept.merchants()).length, 1);
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
  await refused(() => Ledger.open("one", { wait: 0 }), "lock_timeout", { number: 300 });
  const later = Ledger.open("one", { wait: 10_000 });
  for (const ledger of ledgers) {
    ledger.free();
    ledger.free();
  }
  (await later).free();
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
    equal(await runIn(page, "steps", "read"), head);
    await page.close();
    const next = await open();
    equal(await runIn(next, "steps", "read"), head);
    await next.close();
  },

  async "a second tab is told, and can have the ledger afterwards"({ open, runIn }) {
    const [first, second] = [await open(), await open()];
    const head = await runIn(first, "steps", "read");
    await runIn(second, "steps", "is held elsewhere");
    await runIn(second, "steps", "waits in vain");
    await runIn(first, "steps", "free");
    equal(await runIn(second, "steps", "read"), head);
    await runIn(second, "steps", "free");
    await first.close();
    await second.close();
  },

  async "a second tab waits, and is told when the first lets go"({ open, runIn }) {
    const [first, second] = [await open(), await open()];
    await runIn(first, "steps", "read");
    await runIn(second, "steps", "begin to wait");
    await runIn(first, "steps", "free");
    await runIn(second, "steps", "have waited");
    // A tab that is closed lets go as well.
    await runIn(first, "steps", "begin to wait");
    await second.close();
    await runIn(first, "steps", "have waited");
    await first.close();
  },

  async "a page that is closed in the middle of an import leaves nothing of it"({ open, runIn }) {
    const page = await open();
    await runIn(page, "steps", "begin an import");
    await page.close();
    const next = await open();
    await runIn(next, "steps", "read");
    await next.close();
  },

  async "a page in the back/forward cache lets the ledger go, and takes it up again"({ open, runIn, browser }) {
    const [page, other] = [await open(), await open()];
    await runIn(page, "steps", "make ready to be left");
    await page.goto(`${await page.evaluate(() => location.origin)}/elsewhere.html`);
    // Chromium takes up to two seconds to end a worker in the middle of a call, and drops a kept page when another
    // asks for what it still has.
    await pause(4_000);
    await runIn(other, "steps", "have what was left");
    await runIn(other, "steps", "free");
    await goBack(page);
    const kept = await page.evaluate(() => globalThis.ledger !== undefined);
    // Firefox throws pages away that had a lock.
    equal(kept, browser.keepsPages);
    await runIn(page, "steps", kept ? "be shown again" : "have what was left");
    await page.close();
    await other.close();
  },

  async "ledgers are opened, freed and opened again in quick turns"({ open, runIn }) {
    const page = await open();
    await runIn(page, "steps", "in quick turns");
    await page.close();
  },

  async "nobody waits for the browser's promise to keep a ledger"({ open, runIn }) {
    const page = await open();
    await runIn(page, "steps", "is not answered");
    await page.close();
  },

  async "a ledger that is not there is not deleted"({ open, runIn }) {
    const page = await open();
    await runIn(page, "steps", "is unknown");
    await page.close();
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

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Goes back and waits for the page, which is not loaded if the browser kept it. */
async function goBack(page) {
  await page.evaluate(() => void setTimeout(() => history.back()));
  await pause(500);
  for (let tries = 0; tries < 100; tries += 1) {
    await pause(100);
    const path = await page.evaluate(() => location.pathname).catch(() => "on the way");
    if (path === "/") return;
  }
  throw new Error("the page before is not shown");
}

/** What only some browsers can be asked for. */
export const collected = {
  async "a stored ledger that is forgotten is let go"({ open, runIn }) {
    const page = await open();
    await runIn(page, "steps", "is forgotten");
    await page.close();
  },
};
