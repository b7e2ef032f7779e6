// The limit: what one refund reads and writes, on the library's own schema, by statements that are
// prepared once and bound by position; as benches/src/reference/new.rs does it natively. No hash is
// computed and no rule is checked.

const READS = [
  "PRAGMA data_version",
  "SELECT recording FROM idempotency WHERE lookup = ?",
  `SELECT c.charge, c.entry, c.captured, c.currency, c.status,
     (SELECT refunded FROM entries INDEXED BY refunds_of_charge
      WHERE charge = c.charge AND (cause = 3 OR cause = 4) ORDER BY entry DESC LIMIT 1)
   FROM charges c JOIN currencies USING (currency) WHERE merchant = ? AND id = ?`,
];

const WRITES = [
  `INSERT INTO entries (entry, merchant, n, cause, charge, about, recorded_at, debit, credit, amount,
     currency, id, refunded, operation, idempotency_key, fingerprint, hash, running)
   VALUES (?, ?, ?, 3, ?, ?, ?, 2, 4, ?, ?, ?, ?, 1, ?, ?, ?, ?)`,
  "UPDATE balances SET available = ?, clearing = ? WHERE balance = ?",
  "INSERT INTO idempotency (lookup, recording) VALUES (?, ?)",
];

const MERCHANT = 1;
/** The first row of the merchant's book: its number is above the lower 40 bits. */
const FIRST = MERCHANT * 2 ** 40;
const EGP = 1;
const HASH = new Uint8Array(32).fill(7);
const FINGERPRINT = new Uint8Array(16).fill(7);

/** What refunds a charge by hand. `prepare` makes of SQL what has `get` and `run`. */
export function refundsByHand(prepare) {
  const begin = prepare("BEGIN IMMEDIATE");
  const commit = prepare("COMMIT");
  const [version, known, find] = READS.map(prepare);
  const [insert, balance, keep] = WRITES.map(prepare);
  let [entry, n] = prepare("SELECT max(entry), max(n) FROM entries").get();
  let [available, clearing] = prepare("SELECT available, clearing FROM balances WHERE balance = ?").get(FIRST + EGP);
  const [unchanged] = version.get();
  let now = 1_764_000_000_000;
  return (id, amount, key) => {
    begin.run();
    if (version.get()[0] !== unchanged) throw new Error("somebody else has committed");
    const lookup = hashOf(key);
    if (known.get(lookup) !== undefined) throw new Error("the key is known");
    const [charge, about, captured, currency, , before] = find.get(MERCHANT, id);
    if (captured - (before ?? 0) < amount) throw new Error("too much");
    entry += 1;
    n += 1;
    now += 1;
    available -= amount;
    clearing -= amount;
    const name = `re_${String(entry).padStart(26, "0")}`;
    insert.run(entry, MERCHANT, n, charge, about, now, amount, currency, name, (before ?? 0) + amount, key, FINGERPRINT, HASH, HASH);
    balance.run(available, clearing, FIRST + currency);
    keep.run(lookup, FIRST + n);
    commit.run();
  };
}

/** A hash that JavaScript computes quickly, of 53 bits. */
function hashOf(key) {
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let at = 0; at < key.length; at += 1) {
    low = Math.imul(low ^ key.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ low, 0x85ebca6b);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
