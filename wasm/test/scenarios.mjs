// The stories that the native tests told: the same calls must have the same answers here.

import { Failed, equal } from "./check.mjs";

/** Tells them all again, verifies the last ledger with `verify`, and returns how many stories there were. */
export async function tellAgain({ Ledger, RefundryError }, lines, verify = (ledger) => ledger.verify()) {
  let ledger;
  let stories = 0;
  for (const line of lines) {
    if (line === "") continue;
    const told = JSON.parse(line);
    if ("seed" in told) {
      ledger?.free();
      ledger = await Ledger.inMemory({ seed: told.seed, clock: "2024-01-01T00:00:00.000Z" });
      stories += 1;
    } else if ("end" in told) {
      const book = ledger.book(told.end);
      equal({ head: book.head(), balances: book.balances() }, { head: told.head, balances: told.balances });
    } else {
      ledger.setClock(() => told.now);
      equal(answerOf(ledger, told.call, RefundryError), told.answer, line);
    }
  }
  verify(ledger);
  ledger?.free();
  return stories;
}

function answerOf(ledger, { merchantId, method, args }, RefundryError) {
  try {
    const target = merchantId === undefined ? ledger : ledger.book(merchantId);
    return { value: target[method](...args) ?? null };
  } catch (error) {
    if (!(error instanceof RefundryError)) throw new Failed(`${method}: ${error}`);
    const { code, number, message, param, replayed } = error;
    return { refused: { code, number, message, param: param ?? null, replayed } };
  }
}
