// Ledgers in a worker.

import { equal, ok, refused, thrown } from "./check.mjs";
import { merchantsWithLess, withoutTheirAmount } from "./refusals.mjs";
import { CHARGE, DUE, START } from "./shop.mjs";

async function remoteShop({ RemoteLedger }) {
  const ledger = await RemoteLedger.inMemory({ clock: START, seed: 1n });
  await ledger.createMerchant({ id: "acct_cairo", name: "Cairo Books" });
  return { ledger, book: await ledger.book("acct_cairo") };
}

function lines(count) {
  const charge = (i) =>
    `{"object":"charge","id":"ch_${i}","merchantId":"acct_cairo","amount":"500","amountCaptured":"500","fee":"0","currency":"EGP","status":"succeeded","availableOn":"${DUE}","createdAt":"${START}"}\n`;
  return Array.from({ length: count }, (_, i) => charge(i)).join("");
}

export const remote = {
  async "the same methods as beside the page"(api) {
    const { ledger, book } = await remoteShop(api);
    equal(ledger.storage, { kind: "memory" });
    const own = ["constructor", "book", "batch", "import", "verify", "setClock", "free"];
    for (const [here, there] of [
      [api.Ledger, ledger],
      [api.Book, book],
    ]) {
      for (const name of Object.getOwnPropertyNames(here.prototype)) {
        ok(own.includes(name) || typeof there[name] === "function", name);
      }
    }
    const charge = await book.createCharge({ ...CHARGE, amount: 22604n, availableOn: new Date(DUE) });
    const refund = await book.createRefund({ chargeId: charge.id, amount: "100" }, "k");
    equal((await book.createRefund({ chargeId: charge.id, amount: 100n }, "k")).id, refund.id);
    await ledger.setClock(DUE);
    equal(await ledger.releaseDue(new Date(DUE)), 1);
    equal((await book.funds()).available[0].amount, "21592");
    const pieces = [];
    equal(await book.export("hledger", (piece) => pieces.push(piece)), await book.head());
    ok(pieces.join("").includes("226.04 EGP"), "the journal came by messages");
    const fault = new Error("enough");
    const stop = () => {
      throw fault;
    };
    ok((await thrown(() => book.export("hledger", stop))) === fault, "what write threw");
    await refused(() => book.export("excel", () => undefined), "parameter_invalid", { param: "format" });
    ok((await book.statement({ month: "2024-01" })).includes("226.04"), "the statement");
    const local = await api.Ledger.fromBytes(await ledger.toBytes());
    equal(local.book("acct_cairo").head(), await book.head());
    const again = await api.RemoteLedger.fromBytes(local.toBytes());
    equal((await again.merchants()).length, 1);
    await again.free();
    await ledger.free();
  },

  async "refusals come through whole"(api) {
    const { ledger, book } = await remoteShop(api);
    const { id } = await book.createCharge(CHARGE);
    const refusal = () => book.createRefund({ chargeId: id, amount: "22605" });
    const error = await refused(refusal, "amount_exceeds_refundable", { refundable: "22604" });
    ok(error instanceof api.RefundryError, "the class");
    const payout = () => book.createTransfer({ kind: "payout", amount: 1, currency: "EGP" }, "k");
    const facts = { param: "amount", number: 150, spendable: "0" };
    await refused(payout, "balance_insufficient", { ...facts, replayed: false });
    await refused(payout, "balance_insufficient", { ...facts, replayed: true });
    for (const amount of [NaN, undefined, null, 1.5]) {
      await refused(() => book.createRefund({ chargeId: id, amount }), "parameter_invalid");
    }
    for (const request of withoutTheirAmount(id)) {
      await refused(() => book.createRefund(request), "parameter_invalid", { param: "amount" });
    }
    equal((await book.charge(id)).amountRefunded, "0");
    for (const [name, merchant] of merchantsWithLess()) {
      await refused(() => ledger.createMerchant(merchant), "parameter_invalid", { param: name });
    }
    await refused(() => ledger.book("acct_none"), "resource_missing");
    await refused(() => api.RemoteLedger.inMemory({ clock: () => 0 }), "parameter_invalid");
    await refused(() => api.RemoteLedger.inMemory({ seed: -1 }), "parameter_invalid");
    await ledger.free();
    const freed = await thrown(() => book.funds());
    ok(freed instanceof TypeError && /was freed/.test(freed.message), freed.message);
  },

  async "calls in one commit, each with its own outcome"(api) {
    const { ledger, book } = await remoteShop(api);
    const { id } = await book.createCharge(CHARGE);
    const outcomes = await ledger.batch((batch) => {
      const together = batch.book("acct_cairo");
      const amounts = ["22000", "605", "604"];
      const refunds = amounts.map((amount) => together.createRefund({ chargeId: id, amount }));
      return Promise.allSettled([...refunds, batch.book("acct_none").head()]);
    });
    equal(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled", "rejected"]);
    ok(outcomes[1].reason instanceof api.RefundryError, "the class");
    equal(outcomes[1].reason.refundable, "604");
    equal(outcomes[3].reason.code, "resource_missing");
    equal((await book.charge(id)).amountRefunded, "22604");
    equal((await book.head()).seq, 3);
    equal(await ledger.batch(() => "nothing"), "nothing");
    const waiting = ledger.batch(async (batch) => {
      const together = batch.book("acct_cairo");
      await together.head();
      await together.createRefund({ chargeId: id });
    });
    const tooLong = new Promise((_, reject) => setTimeout(() => reject(new Error("it hangs")), 10_000));
    const waits = await thrown(() => Promise.race([waiting, tooLong]));
    ok(waits instanceof TypeError && /was sent already/.test(waits.message), waits.message);
    await ledger.free();
    const late = [];
    const freed = await thrown(() =>
      ledger.batch((batch) => late.push(thrown(() => batch.book("acct_cairo").head()))),
    );
    ok(/was freed/.test(freed.message) && /was freed/.test((await late[0]).message), freed.message);
  },

  async "a file is imported piece by piece, with progress, and can be stopped"(api) {
    const { ledger, book } = await remoteShop(api);
    const file = new File([lines(20_000)], "charges.jsonl");
    const stop = new AbortController();
    const told = [];
    const progress = (progress) => {
      told.push(progress.lines);
      if (told.length === 3) stop.abort();
    };
    const error = await thrown(() => ledger.import(file, { progress, signal: stop.signal }));
    equal(error.name, "AbortError");
    equal((await book.charges()).data, []);
    const report = await ledger.import(file, { progress, signal: new AbortController().signal });
    equal(report, { lines: 20_000, recorded: 20_000, skipped: 0, ignored: 0, ignoredFacts: [] });
    ok(told.length > 10, `progress was told ${told.length} times`);
    const seen = [];
    const verified = await ledger.verify({
      kept: [{ merchantId: "acct_cairo", ...(await book.head()) }],
      progress: ({ entries, total }) => seen.push([entries, total]),
    });
    equal(verified, { books: 1, entries: 20_000, foreign: [], forks: [] });
    equal(seen.at(-1), [20_000, 20_000]);
    const kept = [{ merchantId: "acct_cairo", seq: 1, hash: "0".repeat(64) }];
    await refused(() => ledger.verify({ kept }), "ledger_unsound");
    await refused(() => ledger.import("{}\n"), "parameter_missing", { line: 1 });
    await ledger.free();
  },

  async "a page can't open the browser's files itself, and is told how"(api) {
    const error = await refused(() => api.Ledger.open("shop"), "api_error", { number: 317 });
    ok(/RemoteLedger/.test(error.message), error.message);
    for (const name of ["", ".", "..", ".hidden", "a/b", "é", "x".repeat(65)]) {
      await refused(() => api.RemoteLedger.open(name), "parameter_invalid", { param: "name" });
    }
  },
};
