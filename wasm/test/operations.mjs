// Every operation and every question, once.

import { equal, ok, refused, thrown } from "./check.mjs";
import { DUE, START, shop } from "./shop.mjs";

export const operations = {
  async "a refund before maturity, and the fee that is kept"(api) {
    const { ledger, book, charge } = await shop(api);
    const { id } = charge({ id: "ch_1" });
    const refund = book.createRefund({
      chargeId: id,
      reason: "requested_by_customer",
      description: "كتاب ممزق",
      metadata: { shelf: "12", "طلب": "17" },
      externalReference: "terminal-7",
    });
    equal(Object.keys(refund).slice(0, 8), [
      "id",
      "chargeId",
      "amount",
      "currency",
      "status",
      "reason",
      "balanceTransactionId",
      "createdAt",
    ]);
    equal(refund.amount, "22604");
    equal(refund.metadata, { shelf: "12", "طلب": "17" });
    equal(book.funds(), {
      available: [{ amount: "-22604", currency: "EGP" }],
      pending: [{ amount: "21692", currency: "EGP" }],
    });
    equal(ledger.releaseDue(DUE), 1);
    equal(book.funds().available[0].amount, "-912");
    equal(book.charge(id).amountRefunded, "22604");
    const posted = book.postedRefund(refund.id);
    equal(posted.ledger, {
      journalEntryId: "je_2",
      reverses: "je_1",
      postings: [{ debit: "available", credit: "clearing", amount: "22604", currency: "EGP" }],
    });
  },

  async "a receipt that the ledger makes is signed, and checked without it"(api) {
    const { readReceipt, readCheckpoint, checkConsistency, checkSignedBy, checkUnder, signCheckpoint, signReceipt } =
      await import("../pkg/receipt.js");
    const { book, charge } = await shop(api);
    charge({ id: "ch_1" });
    const { id } = book.createRefund({ chargeId: "ch_1", amount: "10900" });
    charge({ id: "ch_2" });
    const secret = "PRIVATE+KEY+cairo-books.example+d3a57471+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
    const key = "cairo-books.example+d3a57471+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
    const signed = await signReceipt(book.receipt(id), secret);
    const receipt = await readReceipt(signed);
    await checkSignedBy(receipt, key);
    equal([receipt.entry.id, receipt.entry.chargeId, receipt.checkpoint.size], [id, "ch_1", 2]);
    equal(receipt.checkpoint.text, book.checkpoint({ size: 2 }));
    const published = readCheckpoint(await signCheckpoint(book.checkpoint(), secret));
    checkUnder(await readReceipt(book.receipt(id, { size: 3 })), published);
    await checkConsistency(receipt.checkpoint, published, book.consistency(2, 3));
    equal(book.extendTree(), true);
    for (const call of [() => book.receipt(id, { size: 1 }), () => book.receipt(id, { size: 2.5 }), () => book.consistency(3, 4)]) {
      await refused(call, "parameter_invalid");
    }
    // What JavaScript would take for "all entries" is no number of them.
    for (const size of [null, "2", NaN, 2n]) {
      for (const call of [() => book.receipt(id, { size }), () => book.checkpoint({ size })]) {
        await refused(call, "parameter_invalid", { param: "size" });
      }
    }
    await refused(() => book.receipt("re_x"), "resource_missing");
    for (const other of [key, secret.replace("cairo", "luxor"), ""]) {
      equal((await thrown(() => signReceipt(book.receipt(id), other))).code, "checkpoint_invalid");
    }
    equal((await thrown(() => signReceipt(signed, secret))).code, "receipt_invalid");
  },

  async "a book's feed goes to another ledger, which mirrors it"(api) {
    const { ledger, book, charge } = await shop(api);
    charge({ id: "ch_1" });
    book.createRefund({ chargeId: "ch_1", amount: "10900", description: "كتاب ممزق" }, "k");
    const office = await api.Ledger.inMemory();
    let piece;
    do {
      piece = book.feed({ after: piece?.mark, mostBytes: 1500 });
      ok(piece.text.length <= 1500, "it has no more bytes than it may have");
      equal(office.receive(piece.text).mark, piece.mark);
    } while (!piece.complete);
    const mirror = office.book("acct_cairo");
    equal([mirror.isMirror(), book.isMirror()], [true, false]);
    equal([mirror.mark(), mirror.head(), mirror.balances()], [book.mark(), book.head(), book.balances()]);
    equal(mirror.refunds(), book.refunds());
    equal(office.verify().entries, ledger.verify().entries);
    // Again, and in pieces that end within a character.
    const bytes = new TextEncoder().encode(book.feed().text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.slice(7 * i, 7 * i + 7));
    equal(office.receive(pieces).recorded, 0);
    equal(office.forks(), []);
    equal(book.feed({ after: book.mark() }).text.split("\n").length, 3);
  },

  async "a payment intent, a pending charge and its end"(api) {
    const { book } = await shop(api);
    const intent = book.createPaymentIntent({ id: "pi_1", amount: 22604, currency: "EGP" });
    equal(intent, book.paymentIntent("pi_1"));
    const tries = ["ch_1", "ch_2"].map((id) =>
      book.createCharge({
        id,
        paymentIntentId: "pi_1",
        amount: 22604n,
        fee: 0,
        currency: "EGP",
        status: "pending",
        availableOn: new Date(DUE),
      }),
    );
    equal(tries.map(({ status }) => status), ["pending", "pending"]);
    equal(book.concludeCharge("ch_1", { status: "failed" }).status, "failed");
    const taken = book.concludeCharge("ch_2", {
      status: "succeeded",
      amountCaptured: "20000",
      fee: "500",
      availableOn: DUE,
    });
    equal([taken.amountCaptured, taken.fee], ["20000", "500"]);
    equal(book.createRefund({ paymentIntentId: "pi_1", amount: 300 }).chargeId, "ch_2");
    equal(book.paymentIntent("pi_1").amountRefunded, "300");
    equal(book.charges().data.map(({ id }) => id), ["ch_2", "ch_1"]);
    equal(book.paymentIntents(), { object: "list", data: [book.paymentIntent("pi_1")], hasMore: false });
  },

  async "calls in one commit, each with its own outcome"(api) {
    const { ledger, book, charge } = await shop(api);
    const { id } = charge();
    const refund = (amount, key) => book.createRefund({ chargeId: id, amount }, key);
    const told = ledger.batch(() =>
      [() => refund("22000", "a"), () => refund("605", "b"), () => refund("604", "c")].map((call) => {
        try {
          return call().amount;
        } catch (error) {
          return error.refundable;
        }
      }),
    );
    equal(told, ["22000", "604", "604"]);
    equal([book.charge(id).amountRefunded, book.head().seq], ["22604", 3]);
    equal(ledger.batch(() => refund("22000", "a").replayed), true);
    ledger.verify();
  },

  async "a refund that comes back"(api) {
    const { book, charge } = await shop(api);
    const { id } = book.createRefund({ chargeId: charge().id, amount: "100" });
    equal(book.failRefund(id, "back").status, "failed");
    equal(book.failRefund(id, "back").replayed, true);
    equal(book.refund(id).status, "failed");
    equal(book.funds().available[0].amount, "0");
  },

  async "disputes that are won and lost"(api) {
    const { ledger, book, charge } = await shop(api);
    const { id } = charge();
    const request = {
      chargeId: id,
      amount: "10000",
      fee: 1500n,
      reason: "product_not_received",
      networkReference: "N-1",
    };
    const first = book.openDispute(request, "d1");
    equal([first.status, first.fee, first.feeReturned, first.replayed], ["open", "1500", false, false]);
    equal(book.openDispute(request, "d1").replayed, true);
    equal([book.charge(id).amountDisputed, book.funds().available[0].amount], ["10000", "-11500"]);
    await refused(() => book.createRefund({ chargeId: id, amount: "12605" }), "charge_disputed", {
      param: "chargeId",
      refundable: "12604",
      number: 127,
    });
    const second = book.openDispute({ chargeId: id, amount: 604 });
    equal(second.reason, null);
    const won = book.winDispute(first.id, true, "w1");
    equal([won.status, won.feeReturned], ["won", true]);
    equal(book.winDispute(first.id, true, "w1").replayed, true);
    await refused(() => book.winDispute(first.id, 1), "parameter_invalid", { param: "returnFee" });
    await refused(() => book.loseDispute(first.id), "resource_invalid_state", { number: 128 });
    equal(book.loseDispute(second.id).status, "lost");
    equal(book.dispute(second.id).status, "lost");
    equal(book.disputes({ chargeId: id, limit: 1 }).data[0].id, second.id);
    equal(book.disputes({ status: "won" }).data.map((dispute) => dispute.id), [first.id]);
    equal(book.disputes({ chargeId: "ch_none" }).data, []);
    await refused(() => book.disputes({ status: "over" }), "parameter_invalid", { param: "status" });
    equal(book.findByKey("dispute", "d1").id, first.id);
    const types = book.eventsAfter(null, 10).map((event) => event.type);
    equal(types.slice(1), ["dispute.created", "dispute.created", "dispute.won", "dispute.lost"]);
    equal(book.journalEntriesAfter(null, 10).at(-1).postings, []);
    equal(book.createRefund({ chargeId: id }).amount, "22000");
    ledger.verify();
  },

  async "hand-overs to another book and back"(api) {
    const { ledger, book, charge } = await shop(api);
    const { id } = charge();
    const desk = ledger.book(ledger.createMerchant({ name: "Service desk" }).id);
    const given = book.handOverCharge(id, desk.merchantId, "h1");
    equal([given.direction, given.amount, given.replayed], ["handed_over", "22604", false]);
    equal(book.handOverCharge(id, desk.merchantId, "h1").text, given.text);
    await refused(() => book.createRefund({ chargeId: id, amount: 1 }), "charge_handed_over", {
      param: "chargeId",
      refundable: "0",
      number: 131,
    });
    equal(book.charge(id).amountElsewhere, "22604");
    await refused(() => book.takeOverCharge(given.text), "handover_misdirected", {
      id: desk.merchantId,
      number: 132,
    });
    await refused(() => desk.takeOverCharge(`${given.text}A`), "parameter_invalid", { param: "text" });
    await refused(() => desk.takeOverCharge(undefined), "parameter_invalid", { param: "text" });
    const taken = desk.takeOverCharge(given.text);
    equal([taken.direction, taken.entryHash, taken.text], ["taken_over", given.entryHash, null]);
    equal(desk.takeOverCharge(given.text).replayed, true);
    equal(desk.createRefund({ chargeId: id, amount: 604 }).amount, "604");
    const back = desk.refuseHandover(given.text);
    equal([back.amount, desk.refuseHandover(given.text).replayed], ["22000", true]);
    book.takeOverCharge(back.text);
    equal(book.createRefund({ chargeId: id }).amount, "22000");
    equal(book.handover(given.id).text, given.text);
    equal(book.handovers({ direction: "taken_over" }).data.map((one) => one.id), [back.id]);
    equal(book.handovers({ chargeId: "ch_none" }).data, []);
    await refused(() => book.handovers({ direction: "up" }), "parameter_invalid", { param: "direction" });
    equal(book.findByKey("handover", "h1").id, given.id);
    const types = desk.eventsAfter(null, 10).map((event) => event.type);
    equal(types, ["handover.taken_over", "refund.succeeded", "handover.created"]);
    ledger.verify();
  },

  async "payouts, top-ups, settlements and adjustments"(api) {
    const { book, charge } = await shop(api);
    charge();
    const far = new Date(Date.parse(DUE) + 200 * 86_400_000);
    await refused(() => book.releaseDue(far), "too_far_ahead", { param: "now" });
    equal(book.releaseDue(DUE), 1);
    const money = { currency: "EGP" };
    const first = book.createTransfer({ ...money, kind: "payout", amount: "5000" }, "p1");
    equal(first.status, "in_transit");
    equal(book.concludePayout(first.id, "paid").status, "paid");
    equal(book.concludePayout(first.id, "returned", "r").status, "returned");
    const second = book.createTransfer({ ...money, kind: "payout", amount: 1 });
    equal(book.concludePayout(second.id, "failed").status, "failed");
    book.createTransfer({ ...money, kind: "topup", amount: 10n, description: "cash" });
    book.createTransfer({ ...money, kind: "settlement", amount: "-7" });
    book.createTransfer({ ...money, kind: "adjustment", amount: -250n, id: "adj_1" });
    equal(book.transfer("adj_1").amount, "-250");
    equal(book.transfers({ limit: 2 }).hasMore, true);
    equal(book.balances()[0].balances, {
      pending: "0",
      available: "21452",
      payout_transit: "0",
      clearing: "22611",
      bank: "3",
      fees: "912",
      losses: "-250",
    });
  },

  async "the statement, the journal and the trial balance"(api) {
    const { book, charge } = await shop(api);
    const ids = [charge().id, charge({ currency: "KWD" }).id];
    book.createRefund({ chargeId: ids[0], amount: "4" });
    const page = book.balanceTransactions({ limit: 2 });
    equal(page.data.map(({ id, type }) => [id, type]), [
      ["bt_3", "refund"],
      ["bt_2", "charge"],
    ]);
    equal(book.balanceTransactions({ startingAfter: "bt_2" }).data[0], book.balanceTransaction("bt_1"));
    equal(book.balanceTransaction("bt_1").net, "21692");
    const entries = book.journalEntriesAfter(null, 100);
    equal(book.journalEntriesAfter(entries[0], 1), [entries[1]]);
    equal(book.journalEntriesAfter(book.head(), 1), []);
    equal(entries.map(({ cause }) => cause), ["charge", "charge", "refund"]);
    equal(entries[2], book.journalEntry("je_3"));
    equal(book.head(), { seq: 3, hash: entries[2].hash });
    equal(book.trialBalance(), book.balances());
    equal(book.trialBalance({ seq: 0 }), []);
    equal(book.trialBalance({ seq: 1 }).length, 1);
    equal(book.trialBalance({ effectiveAt: "2023-12-31T00:00:00.000Z" }), []);
    equal(book.trialBalance({ effectiveAt: new Date(START) }), book.balances());
  },

  async "events tell what was recorded"(api) {
    const { book, charge } = await shop(api);
    const chargeId = charge().id;
    const refund = book.createRefund({ chargeId, amount: "4" });
    book.failRefund(refund.id);
    const events = book.eventsAfter(null, 100);
    equal(events.map(({ type }) => type), ["charge.succeeded", "refund.succeeded", "refund.failed"]);
    const { replayed, ...made } = refund;
    equal(events[1], {
      object: "event",
      id: events[1].id,
      type: "refund.succeeded",
      livemode: false,
      createdAt: made.createdAt,
      data: { object: made },
    });
    equal(events[2].data.object.status, "failed");
    equal(book.event(events[1].id), events[1]);
    equal(book.eventsAfter(events[0].id, 1), [events[1]]);
    equal(book.events({ limit: 2 }), { object: "list", data: [events[2], events[1]], hasMore: true });
    equal(book.events({ type: "refund.failed" }).data, [events[2]]);
    equal(book.events({ startingAfter: events[1].id }).data, [events[0]]);
    equal(book.events({ endingBefore: events[1].id }).data, [events[2]]);
  },

  async "lists go on where they stopped"(api) {
    const { book, charge } = await shop(api);
    const made = Array.from({ length: 5 }, () => charge().id);
    for (const chargeId of made) book.createRefund({ chargeId, amount: 1 });
    const seen = [];
    for (let startingAfter; ; startingAfter = seen.at(-1).id) {
      const page = book.refunds({ limit: 2, ...(startingAfter && { startingAfter }) });
      seen.push(...page.data);
      if (!page.hasMore) break;
    }
    equal(seen.map(({ chargeId }) => chargeId), made.toReversed?.() ?? [...made].reverse());
    equal(book.refunds({ chargeId: made[1] }).data.length, 1);
    equal(book.refunds({ paymentIntentId: "pi_unknown" }).data, []);
    for (const amount of [1, 2, 3]) {
      book.createPaymentIntent({ amount, currency: "EGP" });
      book.createTransfer({ kind: "topup", amount, currency: "EGP" });
    }
    for (const list of ["refunds", "charges", "paymentIntents", "transfers", "balanceTransactions"]) {
      const [first, second] = book[list]().data;
      equal(book[list]({ limit: 1, startingAfter: first.id }).data, [second], list);
    }
  },

  async "lists show what fits all that is given"(api) {
    const { book, charge } = await shop(api);
    const [first, second] = [charge().id, charge().id];
    const metadata = { shelf: "12", row: "3" };
    const kept = book.createRefund({ chargeId: first, amount: 1, externalReference: "T-1", metadata });
    const back = book.createRefund({ chargeId: second, amount: 1 });
    book.failRefund(back.id);
    book.createTransfer({ kind: "topup", amount: 100, currency: "EGP" });
    const way = book.createTransfer({ kind: "payout", amount: 1, currency: "EGP" });
    const ids = (list, filter) => book[list](filter).data.map(({ id }) => id);
    equal(ids("refunds", { status: "failed" }), [back.id]);
    equal(ids("refunds", { externalReference: "T-1", status: "succeeded" }), [kept.id]);
    equal(ids("refunds", { metadata: { row: "3" } }), [kept.id]);
    equal(ids("refunds", { metadata: { row: "3", shelf: "13" } }), []);
    equal(ids("refunds", { from: new Date(kept.createdAt), to: undefined }), [back.id, kept.id]);
    equal(ids("refunds", { to: kept.createdAt }), []);
    equal(ids("charges", { status: "pending" }), []);
    equal(ids("charges", { status: "succeeded" }).length, 2);
    equal(ids("transfers", { kind: "payout", status: "in_transit" }), [way.id]);
    equal(ids("transfers", { status: "paid" }), []);
    equal(book.balanceTransactions({ type: "refund_failure" }).data.map(({ source }) => source), [back.id]);
  },

  async "one key is one outcome"(api) {
    const { book, charge } = await shop(api);
    const request = { chargeId: charge().id, amount: "100" };
    const first = book.createRefund(request, "k");
    equal(first.replayed, false);
    equal(book.createRefund({ ...request, amount: 100n }, "k"), { ...first, replayed: true });
    equal(book.findByKey("refund", "k"), { id: first.id, recordedAt: START });
    equal(book.findByKey("payout", "k"), null);
  },

  async "merchants, their keys and modes"(api) {
    const { ledger, book } = await shop(api);
    ledger.createMerchant({ id: "acct_live", name: "Live", liveMode: true, negativeBalanceLimit: "5" });
    equal(ledger.merchants().map(({ id }) => id), ["acct_cairo", "acct_live"]);
    const { id, key } = book.issueKey();
    ok(key.startsWith("sk_test_"), "a key of the merchant's mode");
    equal(ledger.authenticate(key).id, "acct_cairo");
    equal(ledger.authenticate(key, false).id, "acct_cairo");
    equal(book.keys(), [{ id, createdAt: START, revokedAt: null }]);
    equal(book.revokeKey(id), undefined);
    equal(book.keys()[0].revokedAt, START);
    book.setNegativeBalanceLimit({ EGP: "100" });
    equal(book.merchant().negativeBalanceLimit, { EGP: "100" });
    book.setNegativeBalanceLimit(null);
    equal(ledger.book("acct_cairo").merchant().negativeBalanceLimit, null);
    equal([ledger.exponent("KWD"), ledger.exponent("JPY")], [3, 0]);
  },

  async "amounts as people write them, by the ledger's own exponents"(api) {
    const ledger = await api.Ledger.inMemory();
    const written = (amount, currency) => ledger.formatAmount(amount, currency);
    equal([written("22604", "EGP"), written(22604, "KWD"), written(22604n, "JPY")], ["226.04", "22.604", "22604"]);
    equal([written("-5", "EGP"), written(0, "EGP"), written("9223372036854775807", "EGP")], ["-0.05", "0.00", "92233720368547758.07"]);
    // Of these Intl has other decimals, in one version of it or another; the last is withdrawn.
    const disputed = ["HUF", "COP", "PKR", "IDR", "IQD", "LTL"];
    equal(disputed.map((currency) => written(1, currency)), ["0.01", "0.01", "0.01", "0.01", "0.001", "0.01"]);
    equal(ledger.parseAmount("226.04", "EGP"), "22604");
    equal([ledger.parseAmount("3.5", "EGP"), ledger.parseAmount("3.5", "KWD")], ["350", "3500"]);
    equal(ledger.parseAmount("1.00", "HUF"), "100");
    equal([ledger.parseSignedAmount("-3.5", "EGP"), ledger.parseSignedAmount("3", "EGP")], ["-350", "300"]);
  },

  async "an import in pieces cut anywhere, its progress, and verification"(api) {
    const { Ledger } = api;
    const lines = [
      '{"object":"merchant","id":"acct_q","name":"متجر"}\n',
      ...Array.from(
        { length: 2500 },
        (_, i) =>
          `{"object":"charge","id":"ch_${i}","merchantId":"acct_q","amount":"500","amountCaptured":"500","fee":"0","currency":"EGP","status":"succeeded","availableOn":"${DUE}","createdAt":"${START}"}\n`,
      ),
    ].join("");
    const bytes = new TextEncoder().encode(lines);
    const pieces = function* () {
      for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
    };
    const told = [];
    for (const source of [lines, bytes, pieces(), [lines.slice(0, 100), "", lines.slice(100)]]) {
      const ledger = await Ledger.inMemory({ clock: START });
      told.length = 0;
      const report = ledger.import(source, { progress: (progress) => told.push(progress) });
      equal(report, { lines: 2501, recorded: 2501, skipped: 0, ignored: 0, ignoredFacts: [] });
      equal(told.at(-1), { lines: 2501, bytes: bytes.length });
      const head = { merchantId: "acct_q", ...ledger.book("acct_q").head() };
      told.length = 0;
      const kept = [head];
      equal(ledger.verify({ kept, progress: (progress) => told.push(progress) }), {
        books: 1,
        entries: 2500,
        foreign: [],
        forks: [],
      });
      equal(told.at(-1), { entries: 2500, total: 2500 });
      ledger.free();
    }
  },

  async "text is never cut inside a character"({ Ledger }) {
    const line = '{"object":"merchant","id":"acct_q","name":"📚"}';
    // The two halves of the book are the last and first of two pieces.
    const text = "\n".repeat(65_535 - line.indexOf("📚")) + line;
    const middle = line.indexOf("📚") + 1;
    const [before, after] = [line.slice(0, middle), line.slice(middle)];
    for (const source of [text, [before, after], [before, "", after], line.split("")]) {
      const ledger = await Ledger.inMemory();
      equal(ledger.import(source).recorded, 1);
      equal(ledger.merchants()[0].name, "📚");
    }
    // A half that stays alone is no character, whatever comes after it.
    const ledger = await Ledger.inMemory();
    equal(ledger.import([before, new TextEncoder().encode(after.slice(1))]).recorded, 1);
    equal(ledger.merchants()[0].name, "\ufffd");
    await refused(() => ledger.import([before]), "invalid_request", { line: 1 });
  },

  async "bytes out and in again"(api) {
    const { ledger, book, charge } = await shop(api);
    charge();
    const bytes = ledger.toBytes();
    equal(new TextDecoder().decode(bytes.subarray(0, 15)), "SQLite format 3");
    const again = await api.Ledger.fromBytes(bytes, { clock: START });
    equal(again.book("acct_cairo").head(), book.head());
    equal(again.verify().entries, 1);
    // What a native ledger's file says of its write-ahead log is no obstacle.
    bytes.fill(2, 18, 20);
    equal((await api.Ledger.fromBytes(bytes)).merchants().length, 1);
  },

  async "clocks and seeds"(api) {
    const made = [];
    for (const seed of [7, 7n, 8]) {
      const { book, charge, ledger } = await shop(api, { seed });
      made.push(charge().id);
      ledger.setClock("2024-05-01T00:00:00.000Z");
      equal(charge().createdAt, "2024-05-01T00:00:00.000Z");
      let now = 1_714_521_600_000;
      ledger.setClock(() => (now += 1));
      equal(charge().createdAt, "2024-05-01T00:00:00.001Z");
      ledger.setClock(() => new Date(now));
      equal(charge().createdAt, "2024-05-01T00:00:00.001Z");
      equal(ledger.pruneIdempotencyKeys(new Date(now)), 0);
      equal(book.head().seq, 4);
    }
    equal(made[0], made[1]);
    ok(made[0] !== made[2], "another seed gives another id");
    const { Ledger } = api;
    const idOf = async (seed) => (await Ledger.inMemory({ clock: START, seed })).createMerchant({ name: "One" }).id;
    ok((await idOf(2n ** 53n)) !== (await idOf(2n ** 53n + 1n)), "seeds have 64 bits");
    const ledger = await Ledger.inMemory();
    const before = Date.now();
    const { createdAt } = ledger.createMerchant({ name: "Now" });
    ok(Date.parse(createdAt) >= before && Date.parse(createdAt) <= Date.now(), createdAt);
    equal(ledger.storage, { kind: "memory" });
  },

  async "exports and statements"(api) {
    const { ledger, book, charge } = await shop(api);
    const { id } = charge();
    book.createRefund({ chargeId: id, amount: "10900", externalReference: "terminal-7" });
    const exported = (format, period) => {
      const pieces = [];
      const head = book.export(format, (piece) => pieces.push(piece), period);
      equal(head, book.head(), format);
      return pieces.join("");
    };
    for (const [format, part] of Object.entries({
      hledger: "109.00 EGP",
      ledger: "109.00 EGP",
      beancount: "109.00 EGP",
      "csv-journal": ",EGP,109.00,10900,",
      "csv-statement": "EGP",
      "csv-refunds": "terminal-7",
      "csv-charges": "226.04",
      "csv-disputes": "id",
    })) {
      const text = exported(format);
      ok(text.includes(part), `${format}: ${text}`);
    }
    equal(exported("csv-journal", { from: book.head() }).trim().split("\n").length, 1);
    equal(exported("csv-journal", { to: { seq: 1, hash: book.journalEntry("je_1").hash } }).includes("109.00"), false);
    const month = book.statement({ month: "2024-01", zone: "Africa/Cairo" });
    ok(month.includes("-109.00"), month);
    ok(book.statement({ format: "html", language: "ar" }).includes('dir="rtl"'), "Arabic");
    ok(book.statement({ from: START, to: new Date(DUE), format: "csv" }).includes("10900"), "a table");
    const fault = new Error("enough");
    const stopped = () => {
      throw fault;
    };
    ok((await thrown(() => book.export("hledger", stopped))) === fault, "what write threw");
    await refused(() => book.export("excel", () => undefined), "parameter_invalid", { param: "format" });
    await refused(() => book.export("hledger"), "parameter_invalid", { param: "write" });
    await refused(() => exported("hledger", { from: "never" }), "parameter_invalid", { param: "from" });
    await refused(() => exported("hledger", { from: DUE, to: START }), "parameter_invalid", { param: "to" });
    await refused(() => exported("csv-refunds", { from: book.head() }), "parameter_invalid", { param: "from" });
    await refused(() => exported("hledger", { to: { seq: 9, hash: book.head().hash } }), "head_unknown");
    await refused(() => book.statement({ zone: "Africa/Atlantis" }), "parameter_invalid", { param: "zone" });
    await refused(() => book.statement({ month: "2024-13" }), "parameter_invalid", { param: "month" });
    await refused(() => book.statement({ month: "2024-01", from: START }), "parameter_invalid", { param: "month" });
    await refused(() => book.statement({ format: "pdf" }), "parameter_invalid", { param: "format" });
    await refused(() => book.statement({ language: "fr" }), "parameter_invalid", { param: "language" });
    ledger.free();
  },
};
