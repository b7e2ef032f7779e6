// A small shop to try things on.

export const START = "2024-01-01T00:00:00.000Z";
export const DUE = "2024-01-03T00:00:00.000Z";

/** A ledger with one merchant whose charges can be refunded. */
export async function shop({ Ledger }, options = {}) {
  const ledger = await Ledger.inMemory({ clock: START, seed: 1, ...options });
  ledger.createMerchant({ id: "acct_cairo", name: "Cairo Books" });
  const book = ledger.book("acct_cairo");
  return { ledger, book, charge: (facts = {}) => book.createCharge({ ...CHARGE, ...facts }) };
}

export const CHARGE = { amount: "22604", fee: "912", currency: "EGP", availableOn: DUE };
