// Compiled and never run: what the types must allow, and what they must not.

import {
  type Account,
  type Charge,
  Ledger,
  type Recorded,
  type Refund,
  RefundryError,
  RemoteLedger,
  type RemoteStoredOptions,
  load,
  storedLedgerReleased,
} from "refundry";
import { Ledger as Bundled } from "refundry/bundled";
import module from "refundry/refundry.wasm";

const compiled: WebAssembly.Module = module;
export const same: typeof Ledger = Bundled;

export async function allowed(): Promise<void> {
  using ledger = await Ledger.inMemory({ clock: () => Date.now(), seed: 7n });
  const book = ledger.book("acct_1");
  const charge: Recorded<Charge> = book.createCharge({
    amount: 1n,
    fee: 0,
    currency: "EGP",
    availableOn: new Date(),
  });
  const refund: Refund = book.createRefund({ chargeId: charge.id, metadata: { a: "b" } }, "k");
  // Optional fields may be there without a value, except for amounts.
  book.createRefund({ chargeId: "ch_1", reason: undefined, metadata: undefined, paymentIntentId: undefined });
  book.createCharge({ id: undefined, amount: 1, fee: 0, currency: "EGP", availableOn: "", status: undefined });
  ledger.createMerchant({ name: "M", id: undefined, negativeBalanceLimit: undefined });
  book.refunds({ limit: undefined, startingAfter: undefined, chargeId: undefined });
  book.feed({ after: undefined });
  (await Ledger.inMemory({ clock: undefined, seed: undefined })).verify({ kept: undefined, signal: undefined });
  const account: Account = "payout_transit";
  const balance: string | undefined = book.balances()[0]?.balances[account];
  const record = book.findByKey("refund", "k");
  if (record?.refusal !== undefined) console.log(record.refusal.code);
  else console.log(record?.id.length, refund.reason?.length, balance);

  const written: string = ledger.formatAmount(1n, "EGP") + ledger.parseAmount("1.5", "EGP");
  const amounts: string[] = ledger.batch(() => [book.createRefund({ chargeId: charge.id }).amount]);

  await load(compiled);
  await load(new URL("https://example.com/refundry.wasm"));
  const options: RemoteStoredOptions = { wait: 0, persist: false, bytes: undefined };
  const remote = await RemoteLedger.open("shop", { ...options, clock: "2024-01-01T00:00:00.000Z" });
  const kept: Promise<boolean> = remote.persist();
  await storedLedgerReleased("shop", { signal: AbortSignal.timeout(1) });
  await remote.import(new File([], "charges.jsonl"));
  console.log(await kept, await remote.persistence);
  const remoteBook = await remote.book("acct_1");
  const later: Promise<Recorded<Refund>> = remoteBook.createRefund({ paymentIntentId: "pi_1" });
  const both = await remote.batch((batch) => {
    const together = batch.book("acct_1");
    return Promise.all([together.head(), together.createRefund({ paymentIntentId: "pi_1" })]);
  });
  const far: Promise<string> = remote.parseSignedAmount("-1.5", "EGP");
  console.log(both[0].seq, both[1].amount, amounts.length, written, await far);
  console.log((await later).amount, (await remote.toBytes()).length);
  await remote.verify({ signal: AbortSignal.timeout(1) });
}

export function toldApart(error: unknown): string {
  if (!(error instanceof RefundryError)) throw error;
  switch (error.code) {
    case "amount_exceeds_refundable":
      return error.refundable;
    case "balance_insufficient":
      return error.spendable;
    case "parameter_invalid":
      return error.param;
    default: {
      const code: string = error.code;
      // @ts-expect-error only one code has it for certain
      const refundable: string = error.refundable;
      return code + refundable;
    }
  }
}

export function refused(ledger: Ledger): void {
  const book = ledger.book("acct_1");
  // @ts-expect-error a refund has a target
  book.createRefund({ amount: "1" });
  // @ts-expect-error and only one
  book.createRefund({ chargeId: "ch_1", paymentIntentId: "pi_1" });
  // @ts-expect-error null is no amount
  book.createRefund({ chargeId: "ch_1", amount: null });
  // @ts-expect-error nor is undefined
  book.createRefund({ chargeId: "ch_1", amount: undefined });
  // @ts-expect-error nor for what is taken of a charge
  book.createCharge({ amount: 1, amountCaptured: undefined, fee: 0, currency: "EGP", availableOn: "" });
  // @ts-expect-error a misspelled field
  book.createRefund({ chargeId: "ch_1", amont: "1" });
  // @ts-expect-error a reason that there is not
  book.createRefund({ chargeId: "ch_1", reason: "bored" });
  // @ts-expect-error a charge has a fee, if only of 0
  book.createCharge({ amount: 1, currency: "EGP", availableOn: new Date() });
  // @ts-expect-error what failed has no fee
  book.concludeCharge("ch_1", { status: "failed", fee: 1 });
  // @ts-expect-error a code that there is not
  console.log(new RefundryError({ code: "no_such_code", number: 1, message: "", replayed: false }));
  // @ts-expect-error objects of the ledger are not for changing
  book.refund("re_1").amount = "2";
}
