// Whether what is done leaves memory behind, in every host.

import { equal, thrown } from "./check.mjs";
import { shop } from "./shop.mjs";

/** Makes 50,000 calls and 300 ledgers. `initSync` is that of the module which `api` uses. */
export async function fiftyThousand(api, initSync) {
  const { ledger, book, charge } = await shop(api);
  const { id } = charge();
  const request = { chargeId: id, amount: "1", metadata: { shelf: "12" } };
  const size = () => initSync().memory.buffer.byteLength;
  const calls = async (count) => {
    for (let i = 0; i < count; i += 5) {
      book.createRefund(request, "k");
      book.refunds({ chargeId: id });
      book.balances();
      book.journalEntriesAfter(null, 10);
      await thrown(() => book.createRefund({ ...request, amount: "99999" }));
    }
    for (let i = 0; i < count / 166; i += 1) {
      const other = await api.Ledger.inMemory({ seed: i });
      other.createMerchant({ name: "Short" });
      other.free();
    }
  };
  await calls(2_000);
  const before = size();
  await calls(50_000);
  equal(size(), before, "WebAssembly's memory");
  ledger.free();
}
