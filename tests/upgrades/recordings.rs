//! What an upgrade makes of a book of version 1: numbered recordings, in an order that is told here
//! once more, from the old tables.

use std::path::Path;

use refundry::{Access, Ledger, Mark, Timestamp};
use rusqlite::Connection;
use serde_json::Value;

use super::{Golden, describe, options};

/// What no story of the golden ledger has: revoked keys, more intents, and charges that still wait.
pub(super) const MORE: &str = "
    INSERT INTO api_keys VALUES
        (x'00000000000000000000000000000000000000000000000000000000000000aa', 1, 1700000000002, 1700000000009),
        (x'00000000000000000000000000000000000000000000000000000000000000bb', 1, 1700000000001, 1700000000009),
        (x'00000000000000000000000000000000000000000000000000000000000000cc', 1, 1700000000001, 1700000000008),
        (x'00000000000000000000000000000000000000000000000000000000000000dd', 3, 1700000000003, NULL);
    INSERT INTO payment_intents VALUES
        (1, 2, 'pi_b', 700, 414, 1700000000005), (1, 3, 'pi_a', 800, 392, 1700000000004);
    INSERT INTO charges VALUES
        (1, 3, 'ch_pending', 2, 700, 600, 50, 414, 1, 1700000000007, 1700000000006, NULL),
        (1, 4, 'ch_canceled', 3, 800, 800, 0, 392, 4, 1700000000007, 1700000000005, NULL);
    INSERT INTO idempotency VALUES
        (1, 4, 'later', x'00000000000000000000000000000001', 2, NULL, NULL, 1700000000010),
        (1, 4, 'Later', x'00000000000000000000000000000002', NULL, 123, 4, 1700000000011),
        (1, 6, 'paid', x'00000000000000000000000000000003', 3, NULL, NULL, 1700000000012),
        (1, 1, 'no', x'00000000000000000000000000000004', NULL, 150, -912, 1700000000013);
";

/// The recordings of the merchant ?1, from the tables of version 1: what each is, what it is about,
/// when it was recorded, and its idempotency key.
const PROMISED: &str = "
    WITH names(cause, name) AS (VALUES (1, 'charge'), (2, 'maturity'), (3, 'refund'),
        (4, 'refund_failure'), (5, 'payout'), (6, 'payout_paid'), (7, 'payout_failed'),
        (8, 'payout_returned'), (9, 'topup'), (10, 'settlement'), (11, 'adjustment')),
    promised(part, first, second, name, about, moment, key) AS (
        SELECT 1, 0, 0, 'merchant', id, created_at, NULL FROM merchants WHERE merchant = ?1
        UNION ALL
        SELECT 2, created_at, hash, 'api_key', lower(hex(hash)), created_at, NULL
        FROM api_keys WHERE merchant = ?1
        UNION ALL
        SELECT 3, revoked_at, hash, 'api_key_revocation', lower(hex(hash)), revoked_at, NULL
        FROM api_keys WHERE merchant = ?1 AND revoked_at IS NOT NULL
        UNION ALL
        SELECT 4, intent, 0, 'payment_intent', id, created_at, NULL
        FROM payment_intents WHERE merchant = ?1
        UNION ALL
        SELECT 5, charge, 0, 'charge', id, created_at, NULL
        FROM charges WHERE merchant = ?1 AND status <> 2
        UNION ALL
        SELECT 6, e.seq, 0, name, coalesce(c.id, r.id, t.id), recorded_at, NULL
        FROM entries e JOIN names USING (cause)
        LEFT JOIN charges c ON c.merchant = e.merchant AND c.charge = e.source AND cause < 3
        LEFT JOIN refunds r ON r.merchant = e.merchant AND r.seq = e.source AND cause IN (3, 4)
        LEFT JOIN transfers t ON t.merchant = e.merchant AND t.seq = e.source AND cause > 4
        WHERE e.merchant = ?1
        UNION ALL
        SELECT 7, operation, key, CASE WHEN refusal IS NULL THEN 'answer' ELSE 'refusal' END,
            coalesce(CASE WHEN operation IN (3, 4)
                THEN (SELECT id FROM charges c WHERE c.merchant = k.merchant AND charge = source)
                ELSE coalesce(
                    (SELECT id FROM refunds r WHERE r.merchant = k.merchant AND seq = source),
                    (SELECT id FROM transfers t WHERE t.merchant = k.merchant AND seq = source))
                END, refusal || ':' || coalesce(fact, '')),
            recorded_at, key
        FROM idempotency k WHERE merchant = ?1
    )
    SELECT name, about, moment, key FROM promised ORDER BY part, first, second";

/// What a recording is, what it is about, when it was recorded, and its idempotency key.
type Told = (String, String, i64, Option<String>);

fn promised(path: &Path) -> Vec<(String, Vec<Told>)> {
    let conn = Connection::open(path).unwrap();
    let mut merchants = conn.prepare("SELECT merchant, id FROM merchants").unwrap();
    let mut recordings = conn.prepare(PROMISED).unwrap();
    merchants
        .query_map([], |row| {
            let told = recordings
                .query_map([row.get::<_, i64>(0)?], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok((row.get(1)?, told))
        })
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap()
}

/// The same, of the line of a recording.
fn told(line: &str) -> Told {
    let line: Value = serde_json::from_str(line).unwrap();
    let (name, body) = line["action"].as_object().unwrap().iter().next().unwrap();
    let names = ["id", "hash", "chargeId", "refundId", "payoutId", "source"];
    let about = names.iter().find_map(|name| body[name].as_str()).map_or_else(
        || format!("{}:{}", body["number"], body["fact"].as_str().unwrap_or_default()),
        str::to_owned,
    );
    let moment = Timestamp::parse(line["recordedAt"].as_str().unwrap()).unwrap().millis();
    (name.clone(), about, moment, line["outcome"]["kept"]["key"].as_str().map(str::to_owned))
}

fn lines(ledger: &mut Ledger, merchant: &str) -> Vec<String> {
    ledger.book(merchant).unwrap().recordings_after(&Mark::genesis(merchant), 1_000).unwrap()
}

fn upgraded() -> (tempfile::TempDir, Vec<(String, Vec<Told>)>, Ledger) {
    let (folder, path) = Golden::read(1).copy();
    Connection::open(&path).unwrap().execute_batch(MORE).unwrap();
    let promised = promised(&path);
    let ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    (folder, promised, ledger)
}

#[test]
fn every_row_becomes_a_recording_in_the_promised_order() {
    let (_folder, promised, mut ledger) = upgraded();
    assert!(promised.len() >= 10, "there are several books");
    for (merchant, promised) in promised {
        let lines = lines(&mut ledger, &merchant);
        let told: Vec<Told> = lines.iter().map(|line| told(line)).collect();
        assert_eq!(told, promised, "{merchant}");
    }
}

/// Charges are listed by their numbers, which a copy gives them in the order of the recordings.
fn sorted(mut described: Vec<Value>) -> Vec<Value> {
    for line in &mut described {
        if let Some(charges) = line["charges"]["data"].as_array_mut() {
            charges.sort_by_key(|charge| charge["id"].as_str().map(str::to_owned));
        }
    }
    described
}

/// Another ledger takes the recordings in, which checks each of them and every hash.
#[test]
fn the_recordings_make_the_same_books_elsewhere() {
    let (_folder, promised, mut ledger) = upgraded();
    let mut copy = Ledger::in_memory(options(Access::OpenOrCreate)).unwrap();
    for (merchant, _) in &promised {
        for line in lines(&mut ledger, merchant) {
            assert!(copy.apply(merchant, &line).unwrap(), "{line}");
        }
        let mark = |ledger: &mut Ledger| ledger.book(merchant).unwrap().mark().unwrap();
        assert_eq!(mark(&mut copy), mark(&mut ledger), "{merchant}");
        assert_eq!(lines(&mut copy, merchant), lines(&mut ledger, merchant), "{merchant}");
    }
    assert_eq!(sorted(describe(&mut copy)), sorted(describe(&mut ledger)));
}
