// Every code of the contract, and everything that JavaScript can get wrong.

import { equal, ok, refused, thrown } from "./check.mjs";
import { CHARGE, START, shop } from "./shop.mjs";

/** Every code, and how to get it. */
const CODES = {
  api_key_invalid: ({ ledger }) => ledger.authenticate("sk_test_nobody_has_this_key"),
  api_key_inactive: ({ ledger, book }) => {
    const { id, key } = book.issueKey();
    book.revokeKey(id);
    ledger.authenticate(key);
  },
  permission_denied: ({ ledger, book }) => ledger.authenticate(book.issueKey().key, true),
  invalid_request: ({ book }) => book.createRefund("all of it"),
  parameter_unknown: ({ book }) => book.createRefund({ chargeId: "ch_1", amont: "1" }),
  parameter_invalid: ({ book }) => book.createRefund({ chargeId: "ch_1", reason: "bored" }),
  parameters_exclusive: ({ book }) => book.createRefund({ chargeId: "ch_1", paymentIntentId: "pi_1" }),
  parameter_missing: ({ book }) => book.createRefund({}),
  parameter_out_of_range: ({ book }) => book.createRefund({ chargeId: "ch_1", amount: "0" }),
  idempotency_key_reused: ({ book }) => {
    book.createRefund({ chargeId: "ch_1", amount: "1" }, "k");
    book.createRefund({ chargeId: "ch_1", amount: "2" }, "k");
  },
  resource_missing: ({ book }) => book.createRefund({ chargeId: "ch_2" }),
  resource_conflict: ({ charge }) => charge({ id: "ch_1" }),
  resource_invalid_state: ({ book, charge }) =>
    book.createRefund({ chargeId: charge({ status: "failed" }).id }),
  external_reference_used: ({ book }) => {
    book.requireUniqueReferences(true);
    book.createRefund({ chargeId: "ch_1", amount: "1", externalReference: "T-1" });
    book.createRefund({ chargeId: "ch_1", amount: "1", externalReference: "T-1" });
  },
  charge_already_refunded: ({ book }) => {
    book.createRefund({ chargeId: "ch_1" });
    book.createRefund({ chargeId: "ch_1", amount: "1" });
  },
  charge_disputed: ({ book }) => {
    book.openDispute({ chargeId: "ch_1", amount: "22604" });
    book.createRefund({ chargeId: "ch_1" });
  },
  amount_exceeds_refundable: ({ book }) => book.createRefund({ chargeId: "ch_1", amount: "22605" }),
  balance_insufficient: ({ book }) => {
    book.setNegativeBalanceLimit("0");
    book.createRefund({ chargeId: "ch_1" });
  },
  balance_out_of_range: ({ book }) => {
    const most = { kind: "topup", amount: Number.MAX_SAFE_INTEGER, currency: "EGP" };
    for (let count = 0; count < 1100; count += 1) book.createTransfer(most);
  },
  batch_invalid_state: ({ ledger }) => ledger.batch(() => ledger.batch(() => {})),
  canceled: ({ ledger }) => {
    const stop = new AbortController();
    try {
      ledger.verify({ signal: stop.signal, progress: () => stop.abort() });
    } catch (error) {
      equal(error.number, 201);
      throw error;
    }
  },
  book_mirrored: async (of) => (await mirrored(of)).book("acct_cairo").issueKey(),
  feed_invalid: async (of) => {
    const office = await mirrored(of);
    of.book.issueKey();
    of.book.issueKey();
    const { mark } = of.book.feed();
    const gap = of.book.feed({ after: mark }).text;
    try {
      office.receive(gap);
    } catch (error) {
      equal([error.line, error.mark], [1, office.book("acct_cairo").mark()]);
      throw error;
    }
  },
  head_unknown: ({ book }) => book.journalEntriesAfter({ ...book.head(), seq: 99 }, 1),
  book_forked: async (of) => {
    const office = await of.api.Ledger.fromBytes(of.ledger.toBytes());
    office.book("acct_cairo").issueKey();
    of.book.issueKey();
    (await mirrored(of)).receive(office.book("acct_cairo").feed().text);
  },
  mark_unknown: ({ book }) => book.feed({ after: { n: 1, hash: book.mark().hash } }),
  ledger_unsound: ({ ledger, book }) =>
    ledger.verify({ kept: [{ merchantId: "acct_cairo", seq: 1, hash: book.head().hash.replace(/./g, "0") }] }),
  api_error: ({ api }) => api.Ledger.fromBytes(new Uint8Array(4096)),
};

/** Another ledger, which mirrors the shop's book. */
async function mirrored({ api, book }) {
  const office = await api.Ledger.inMemory();
  office.receive(book.feed().text);
  return office;
}

/** Requests whose amount is 1 to who reads it, and nowhere to who copies them. */
export function withoutTheirAmount(chargeId) {
  class WithGetter {
    chargeId = chargeId;
    get amount() {
      return "1";
    }
  }
  const inherited = Object.assign(Object.create({ amount: "1" }), { chargeId });
  return [new WithGetter(), inherited, Object.defineProperty({ chargeId }, "amount", { value: "1" })];
}

/** Merchants that are told more narrowly than a copy would tell them, each with what it would lose. */
export function merchantsWithLess() {
  const more = { liveMode: true, negativeBalanceLimit: "0" };
  return Object.entries(more).map(([name, value]) => [
    name,
    Object.assign(Object.create({ [name]: value }), { name: "Giza Books" }),
  ]);
}

export const refusals = {
  async "every code"(api) {
    for (const [code, call] of Object.entries(CODES)) {
      const given = await shop(api);
      given.charge({ id: "ch_1" });
      const before = code === "balance_out_of_range" ? undefined : given.ledger.toBytes().length;
      const error = await refused(() => call({ api, ...given }), code);
      ok(/; nothing (of it )?was|; there is nothing|; its amount/.test(error.message), error.message);
      ok(before === undefined || given.ledger.verify().books === 1, code);
      given.ledger.free();
    }
  },

  async "facts that come with a code"(api) {
    const { book, charge } = await shop(api);
    charge({ id: "ch_1" });
    await refused(() => book.createRefund({ chargeId: "ch_1", amount: "22605" }, "k"), "amount_exceeds_refundable", {
      param: "amount",
      refundable: "22604",
      replayed: false,
    });
    await refused(() => book.createRefund({ chargeId: "ch_1", amount: "22605" }, "k"), "amount_exceeds_refundable", {
      replayed: true,
    });
    equal(book.findByKey("refund", "k").refusal.refundable, "22604");
    await refused(
      () => book.createTransfer({ kind: "payout", amount: 1, currency: "EGP" }),
      "balance_insufficient",
      { spendable: "0", param: "amount", number: 150 },
    );
  },

  async "a live key where a test key is wanted, and the other way round"(api) {
    const { ledger, book } = await shop(api);
    const live = ledger.createMerchant({ name: "Live", liveMode: true });
    for (const [of, mode] of [[book, false], [ledger.book(live.id), true]]) {
      const { key } = of.issueKey();
      equal(ledger.authenticate(key, mode).liveMode, mode);
      await refused(() => ledger.authenticate(key, !mode), "permission_denied", { param: "liveMode" });
    }
  },

  async "amounts that JavaScript got wrong never refund everything"(api) {
    const { book, charge } = await shop(api);
    charge({ id: "ch_1" });
    const bad = [NaN, 1.5, -0.5, Infinity, 2 ** 53, null, undefined, "1.0", "1e3", "", " 1", "01", "-1", true, {}, [], () => 1, Symbol("1"), new Date(NaN)];
    for (const amount of bad) {
      await refused(() => book.createRefund({ chargeId: "ch_1", amount }), "parameter_invalid", { param: "amount" });
    }
    for (const amount of [0, -0, -1, 0n, -1n, 2n ** 53n, 10n ** 40n, "0", "9007199254740992"]) {
      await refused(() => book.createRefund({ chargeId: "ch_1", amount }), "parameter_out_of_range", { param: "amount" });
    }
    equal(book.charge("ch_1").amountRefunded, "0");
    for (const amount of ["1", 1, 1n]) book.createRefund({ chargeId: "ch_1", amount });
    equal(book.createRefund({ chargeId: "ch_1" }).amount, "22601");
  },

  async "an amount that a copy of the request loses refunds nothing"(api) {
    const { ledger, book, charge } = await shop(api);
    charge({ id: "ch_1" });
    for (const request of withoutTheirAmount("ch_1")) {
      await refused(() => book.createRefund(request), "parameter_invalid", { param: "amount" });
    }
    await refused(() => book.createRefund(Object.create({ toJSON: () => ({}) })), "parameter_invalid", { param: "toJSON" });
    for (const [name, value] of [["amountCaptured", 1], ["status", "pending"]]) {
      const sale = Object.assign(Object.create({ [name]: value }), CHARGE);
      await refused(() => book.createCharge(sale), "parameter_invalid", { param: name });
    }
    for (const [name, merchant] of merchantsWithLess()) {
      await refused(() => ledger.createMerchant(merchant), "parameter_invalid", { param: name });
    }
    equal(book.charge("ch_1").amountRefunded, "0");
    class Request {
      chargeId = "ch_1";
      amount = "1";
    }
    equal(book.createRefund(new Request()).amount, "1");
  },

  async "what the caller's own clock throws is thrown on"(api) {
    const { ledger, book } = await shop(api);
    ledger.setClock(() => {
      throw "the clock stopped";
    });
    equal(await thrown(() => book.head()), "the clock stopped");
  },

  async "requests that are no plain objects"(api) {
    const { book, charge } = await shop(api);
    charge({ id: "ch_1" });
    for (const request of [null, undefined, "", 1, [], () => {}]) {
      await refused(() => book.createRefund(request), "invalid_request");
    }
    const circle = {};
    circle.metadata = circle;
    await refused(() => book.createRefund(circle), "invalid_request");
    await refused(() => book.createRefund({ chargeId: "ch_1", description: "\ud800" }), "invalid_request");
    for (const metadata of [new Map([["a", "b"]]), new Set(["a"]), [], { a: 1 }, { a: null }, "a"]) {
      await refused(() => book.createRefund({ chargeId: "ch_1", metadata }), "parameter_invalid", { param: "metadata" });
    }
    const others = { reason: undefined, description: null, metadata: undefined, paymentIntentId: null };
    equal(book.createRefund({ chargeId: "ch_1", amount: 1, ...others }).metadata, {});
  },

  async "arguments of the wrong type"(api) {
    const { ledger, book, charge } = await shop(api);
    charge({ id: "ch_1" });
    for (const id of [undefined, null, 1, {}]) {
      await refused(() => book.charge(id), "parameter_invalid", { param: "id" });
      await refused(() => ledger.book(id), "parameter_invalid", { param: "merchantId" });
    }
    for (const key of ["", "with space", "x".repeat(256), "é", null, 17]) {
      await refused(() => book.createRefund({ chargeId: "ch_1", amount: 1 }, key), "parameter_invalid", {
        param: "Idempotency-Key",
      });
    }
    for (const limit of [0, 101, 1.5, NaN, -1, "10", 2 ** 32 + 1]) {
      await refused(() => book.refunds({ limit }), "parameter_invalid", { param: "limit" });
    }
    await refused(() => book.refunds({ startingAfter: "re_1" }), "parameter_invalid", { param: "startingAfter" });
    await refused(() => book.charges({ starting_after: "ch_1" }), "parameter_unknown", { param: "starting_after" });
    await refused(() => book.paymentIntents({ starting_after: "pi_1" }), "parameter_invalid");
    await refused(() => book.refunds({ status: "lost" }), "parameter_invalid", { param: "status" });
    await refused(() => book.charges({ from: "today" }), "parameter_invalid", { param: "from" });
    await refused(() => book.transfers({ kind: 5 }), "parameter_invalid", { param: "kind" });
    await refused(() => book.balanceTransactions({ type: "sale" }), "parameter_invalid", { param: "type" });
    await refused(() => book.refunds({ metadata: { shelf: 12 } }), "parameter_invalid", { param: "metadata" });
    for (const now of [undefined, 0, "yesterday", "2024-01-01", new Date(NaN)]) {
      await refused(() => ledger.releaseDue(now), "parameter_invalid", { param: "now" });
    }
    await refused(() => book.trialBalance({}), "parameter_invalid");
    await refused(() => book.trialBalance({ seq: 1.5 }), "parameter_invalid");
    await refused(() => book.journalEntriesAfter(null, -1), "parameter_invalid");
    await refused(() => book.journalEntriesAfter({ seq: 0, hash: "0" }, 1), "parameter_invalid", { param: "head" });
    await refused(() => book.journalEntriesAfter({ ...book.head(), seq: 99 }, 1), "head_unknown", { id: book.merchantId });
    await refused(() => book.eventsAfter(undefined, 1), "parameter_invalid", { param: "after" });
    await refused(() => book.eventsAfter("evt_1", 1), "parameter_invalid", { param: "after" });
    await refused(() => book.events({ type: "refund" }), "parameter_invalid", { param: "type" });
    await refused(() => book.event("evt_1"), "resource_missing");
    await refused(() => book.findByKey("theft", "k"), "parameter_invalid", { param: "operation" });
    await refused(() => book.concludePayout("po_1", "lost"), "parameter_invalid", { param: "outcome" });
    await refused(() => book.setNegativeBalanceLimit(undefined), "parameter_missing");
    await refused(() => ledger.exponent("XAU"), "parameter_invalid", { param: "currency" });
    for (const amount of [1.5, NaN, 2 ** 53, null, undefined, "1.5", "+1", "01", "-0", "1 ", "", "0x10", "9223372036854775808"]) {
      await refused(() => ledger.formatAmount(amount, "EGP"), "parameter_invalid", { param: "amount" });
    }
    for (const written of ["", ".5", "5.", "1.234", "-1", "+1", " 1", "1,00", "1e3", "007", 1, null, undefined]) {
      await refused(() => ledger.parseAmount(written, "EGP"), "parameter_invalid", { param: "amount" });
    }
    await refused(() => ledger.parseSignedAmount("--1", "EGP"), "parameter_invalid", { param: "amount" });
    await refused(() => ledger.parseAmount("1.0", "JPY"), "parameter_invalid", { param: "amount" });
    await refused(() => ledger.parseAmount("0.00", "EGP"), "parameter_out_of_range", { param: "amount" });
    await refused(() => ledger.parseAmount("1", "XAU"), "parameter_invalid", { param: "currency" });
    for (const seed of [-1, 1.5, 2 ** 53, 2n ** 64n, "7"]) {
      await refused(() => api.Ledger.inMemory({ seed }), "parameter_invalid", { param: "seed" });
    }
    await refused(() => api.Ledger.inMemory({ clock: "noon" }), "parameter_invalid", { param: "clock" });
  },

  async "imports that are bad, stopped or fail keep nothing"(api) {
    const { ledger } = await shop(api);
    const merchant = '{"object":"merchant","id":"acct_q","name":"Q"}\n';
    await refused(() => ledger.import(`${merchant}{"object":"charge"}\n`), "parameter_missing", { line: 2 });
    const fault = new RangeError("mine");
    const failing = function* () {
      yield merchant;
      throw fault;
    };
    ok((await thrown(() => ledger.import(failing()))) === fault, "the source's own error");
    const telling = { progress: () => { throw fault; } };
    ok((await thrown(() => ledger.import(merchant, telling))) === fault, "the progress's own error");
    await refused(() => ledger.import([merchant, 7]), "parameter_invalid", { param: "lines" });
    await refused(() => ledger.import(17), "parameter_invalid", { param: "lines" });
    const early = await thrown(() => ledger.import(merchant, { signal: AbortSignal.abort() }));
    equal(early.name, "AbortError");
    equal(ledger.merchants().length, 1);
  },

  async "a batch that throws, waits or holds another keeps nothing"(api) {
    const { ledger, book, charge } = await shop(api);
    const { id } = charge();
    const head = book.head();
    const refund = () => book.createRefund({ chargeId: id, amount: "1" }, "k");
    const fault = new RangeError("mine");
    const works = [
      () => { throw fault; },
      async () => {},
      () => ledger.batch(() => {}),
      () => ledger.import(""),
      () => ledger.toBytes(),
    ];
    const errors = [];
    for (const work of works) {
      errors.push(await thrown(() => ledger.batch(() => { refund(); return work(); })));
      equal(book.head(), head);
    }
    ok(errors[0] === fault, "its own error");
    ok(errors[1] instanceof TypeError && /promise/.test(errors[1].message), errors[1].message);
    equal(errors.slice(2).map(({ number }) => number), [203, 203, 203]);
    await refused(() => ledger.batch("work"), "parameter_invalid", { param: "work" });
    ledger.batch(() => ledger.setClock(START));
    equal(refund().replayed, false);
  },

  async "what is no ledger is not opened"(api) {
    const { ledger } = await shop(api);
    const sound = ledger.toBytes();
    const cut = sound.slice(0, 512);
    const newer = sound.slice();
    newer[63] = 200;
    for (const [bytes, number] of [
      [new Uint8Array(0), 313],
      [new TextEncoder().encode("not a database, but longer than a header of one would be ".repeat(20)), 313],
      [newer, 314],
    ]) {
      await refused(() => api.Ledger.fromBytes(bytes), "api_error", { number });
    }
    await refused(() => api.Ledger.fromBytes(cut), "api_error");
    await refused(() => api.Ledger.fromBytes("SQLite format 3"), "parameter_invalid", { param: "bytes" });
  },

  async "a freed ledger, and one that is in a call, say so"(api) {
    const { ledger, book } = await shop(api);
    const inside = await thrown(() => ledger.verify({ progress: () => book.head() }));
    ok(inside instanceof TypeError && /in a call/.test(inside.message), inside.message);
    ledger.setClock(() => { throw new RangeError("no time"); });
    equal((await thrown(() => book.createCharge(CHARGE))).message, "no time");
    ledger.setClock(START);
    equal(book.head().seq, 0);
    ledger.free();
    ledger.free();
    for (const call of [() => ledger.merchants(), () => book.funds(), () => ledger.toBytes()]) {
      const error = await thrown(call);
      ok(error instanceof TypeError && /was freed/.test(error.message), error.message);
    }
    if (Symbol.dispose !== undefined) {
      const other = await api.Ledger.inMemory();
      other[Symbol.dispose]();
      await thrown(() => other.merchants());
    }
  },
};
