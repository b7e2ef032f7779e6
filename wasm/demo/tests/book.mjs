// Makes ledger files with the library: two merchants, currencies with and without decimals, refunds, payouts,
// disputes, external references; and two tills, of which one has handed a charge over to the other. `node tests/book.mjs ENTRIES FILE` writes one of any size.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ledger } from "refundry/full";

const EPOCH = Date.parse("2024-01-01T00:00:00.000Z");
const MINUTE = 60_000;
const DAY = 86_400_000;

/** The bytes of a ledger whose larger book has at least so many entries. */
export async function makeBook(entries) {
  const ledger = await Ledger.inMemory({ clock: new Date(EPOCH), seed: 11 });
  ledger.createMerchant({ id: "acct_large", name: "مكتبة الإسكندرية" });
  ledger.createMerchant({ id: "acct_small", name: "Small Shop" });
  const small = ledger.book("acct_small");
  small.createCharge({ id: "ch_yen", amount: 21_692, fee: 92, currency: "JPY", availableOn: new Date(EPOCH) });
  small.createRefund({ chargeId: "ch_yen", externalReference: "till-7/42" });
  ledger.createMerchant({ id: "acct_till_1", name: "Till 1" });
  ledger.createMerchant({ id: "acct_till_2", name: "Till 2" });
  const till = ledger.book("acct_till_1");
  till.createCharge({ id: "ch_till", amount: 12_000, fee: 300, currency: "EGP", availableOn: new Date(EPOCH) });
  ledger.book("acct_till_2").takeOverCharge(till.handOverCharge("ch_till", "acct_till_2").text);
  const book = ledger.book("acct_large");
  let now = EPOCH;
  let sale = 0;
  while (book.head().seq < entries) {
    ledger.batch(() => {
      for (let turn = 0; turn < 500; turn += 1) {
        sale += 1;
        now += MINUTE;
        ledger.setClock(new Date(now));
        const amount = 2_000 + ((sale * 7_919) % 90_000);
        book.createCharge({ id: `ch_${sale}`, amount, fee: 100 + (amount >> 6), currency: "EGP", availableOn: new Date(now + DAY), externalReference: `order-${sale}` });
        if (sale % 4 === 0) book.createRefund({ chargeId: `ch_${sale - 1}`, amount: 1_000, externalReference: `return-${sale}` });
        if (sale % 500 === 250) book.openDispute({ id: `dp_${sale}`, chargeId: `ch_${sale}`, amount: 1_500, fee: 500 });
      }
      book.releaseDue(new Date(now));
      const available = BigInt(book.funds().available[0]?.amount ?? "0");
      if (available > 0n) book.createTransfer({ id: `po_${sale}`, kind: "payout", amount: available, currency: "EGP" });
    });
  }
  const bytes = ledger.toBytes();
  ledger.free();
  return bytes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , entries, file] = process.argv;
  writeFileSync(file, await makeBook(Number(entries)));
}
