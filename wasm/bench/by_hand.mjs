// The limit: what one refund reads and writes, on the library's own schema, by statements that are
// prepared once and bound by position; as benches/src/reference.rs does it natively. No hash is
// computed and no rule is checked.

const FIND = [
  "SELECT source FROM idempotency WHERE merchant = ? AND operation = 1 AND key = ?",
  `SELECT charge, seq, captured, c.currency FROM charges c JOIN currencies USING (currency)
   WHERE merchant = ? AND id = ?`,
  `SELECT sum(amount) FROM refunds r WHERE merchant = ? AND charge = ? AND NOT EXISTS (
     SELECT 1 FROM entries e WHERE e.merchant = r.merchant AND e.source = r.seq AND e.cause = 4)`,
  `SELECT available, clearing, pending, payout_transit, bank, fees, losses FROM balances
   WHERE merchant = ? AND currency = ?`,
  "SELECT negative_balance_limit FROM merchants WHERE merchant = ?",
  "SELECT seq FROM entries WHERE merchant = ? ORDER BY seq DESC LIMIT 1",
];

const RECORD = [
  `INSERT INTO entries (merchant, seq, cause, source, reverses, effective_at, recorded_at, hash)
   VALUES (?, ?, 3, ?, ?, ?, ?, ?)`,
  `INSERT INTO postings (merchant, seq, line, debit, credit, amount, currency)
   VALUES (?, ?, 0, 2, 4, ?, ?)`,
  "UPDATE balances SET available = ?, clearing = ? WHERE merchant = ? AND currency = ?",
  `INSERT INTO balance_transactions (merchant, seq, amount, fee, currency)
   VALUES (?, ?, ?, 0, ?)`,
  "INSERT INTO refunds (merchant, seq, id, charge, amount) VALUES (?, ?, ?, ?, ?)",
  `INSERT INTO idempotency (merchant, operation, key, fingerprint, source, recorded_at)
   VALUES (?, 1, ?, ?, ?, ?)`,
];

const MERCHANT = 1;
const HASH = new Uint8Array(32).fill(7);
const FINGERPRINT = new Uint8Array(16).fill(7);

/** What refunds a charge by hand. `prepare` makes of SQL what has `get` and `run`. */
export function refundsByHand(prepare) {
  const begin = prepare("BEGIN IMMEDIATE");
  const commit = prepare("COMMIT");
  const [known, find, refunded, balances, limit, head] = FIND.map(prepare);
  const [entry, posting, balance, line, refund, kept] = RECORD.map(prepare);
  let now = 1_764_000_000_000;
  return (id, amount, key) => {
    begin.run();
    if (known.get(MERCHANT, key) !== undefined) throw new Error("the key is known");
    const [charge, reverses, captured, currency] = find.get(MERCHANT, id);
    const [before] = refunded.get(MERCHANT, charge);
    if (captured - (before ?? 0) < amount) throw new Error("too much");
    const [available, clearing] = balances.get(MERCHANT, currency);
    limit.get(MERCHANT);
    const seq = head.get(MERCHANT)[0] + 1;
    now += 1;
    entry.run(MERCHANT, seq, seq, reverses, now, now, HASH);
    posting.run(MERCHANT, seq, amount, currency);
    balance.run(available - amount, clearing - amount, MERCHANT, currency);
    line.run(MERCHANT, seq, -amount, currency);
    refund.run(MERCHANT, seq, `re_${String(seq).padStart(26, "0")}`, charge, amount);
    kept.run(MERCHANT, key, FINGERPRINT, seq, now);
    commit.run();
  };
}
