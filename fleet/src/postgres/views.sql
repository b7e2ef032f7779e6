-- Views for people and their tools. What stands in them is read out of the recordings alone; amounts
-- are in minor units, moments are as the recordings have them.
--
-- They are made again in databases that have them. So a view may only gain columns, after those it has:
-- then whoever may read it still may. A change here raises the version of the views in setup.rs.

CREATE OR REPLACE VIEW refundry.journal AS
SELECT merchant, n, e.body -> 'entry' AS entry, a.key AS action, a.value AS object,
    (e.body ->> 'recordedAt')::timestamptz AS recorded_at
FROM refundry.recordings r
CROSS JOIN LATERAL (SELECT r.body::json AS body) e
CROSS JOIN LATERAL json_each(e.body -> 'action') a;

CREATE OR REPLACE VIEW refundry.merchants AS
SELECT merchant, object ->> 'name' AS name, (object ->> 'liveMode')::boolean AS live_mode,
    (object ->> 'createdAt')::timestamptz AS created_at
FROM refundry.journal WHERE n = 1;

-- Every posting: so much from the account that is credited to the one that is debited.
CREATE OR REPLACE VIEW refundry.entries AS
SELECT merchant, (entry ->> 'seq')::bigint AS seq, n, action,
    (entry ->> 'reverses')::bigint AS reverses, recorded_at,
    (entry ->> 'effectiveAt')::timestamptz AS effective_at,
    p.value ->> 'debit' AS debit, p.value ->> 'credit' AS credit,
    (p.value ->> 'amount')::bigint AS amount, p.value ->> 'currency' AS currency
FROM refundry.journal CROSS JOIN LATERAL json_array_elements(entry -> 'postings') p
WHERE entry IS NOT NULL;

-- As the ledger counts: a debit takes from the merchant's accounts and adds to the platform's.
CREATE OR REPLACE VIEW refundry.balances AS
SELECT merchant, currency, account,
    sum(CASE WHEN (account IN ('pending', 'available', 'payout_transit', 'fees')) = (side = 'credit')
        THEN amount ELSE -amount END)::bigint AS balance
FROM refundry.entries
CROSS JOIN LATERAL (VALUES (debit, 'debit'), (credit, 'credit')) AS s (account, side)
GROUP BY merchant, currency, account;

CREATE OR REPLACE VIEW refundry.refunds AS
SELECT j.merchant, j.object ->> 'id' AS id, j.object ->> 'chargeId' AS charge,
    (j.object ->> 'amount')::bigint AS amount, j.object ->> 'currency' AS currency,
    CASE WHEN f.n IS NULL THEN 'succeeded' ELSE 'failed' END AS status,
    j.object ->> 'reason' AS reason, j.object ->> 'externalReference' AS external_reference,
    (j.entry ->> 'seq')::bigint AS seq, j.n, j.recorded_at AS created_at
FROM refundry.journal j
LEFT JOIN refundry.journal f ON f.merchant = j.merchant AND f.action = 'refund_failure'
    AND f.object ->> 'refundId' = j.object ->> 'id'
WHERE j.action = 'refund';

CREATE OR REPLACE VIEW refundry.disputes AS
SELECT j.merchant, j.object ->> 'id' AS id, j.object ->> 'chargeId' AS charge,
    (j.object ->> 'amount')::bigint AS amount, (j.object ->> 'fee')::bigint AS fee,
    j.object ->> 'currency' AS currency,
    CASE o.action WHEN 'dispute_won' THEN 'won' WHEN 'dispute_lost' THEN 'lost' ELSE 'open' END
        AS status,
    coalesce(json_array_length(o.entry -> 'postings') = 2, false) AS fee_returned,
    j.object ->> 'reason' AS reason, j.object ->> 'networkReference' AS network_reference,
    (j.entry ->> 'seq')::bigint AS seq, j.n, j.recorded_at AS created_at
FROM refundry.journal j
LEFT JOIN refundry.journal o ON o.merchant = j.merchant
    AND o.action IN ('dispute_won', 'dispute_lost')
    AND o.object ->> 'disputeId' = j.object ->> 'id'
WHERE j.action = 'dispute';

-- What went from one book to another of the rests of charges.
CREATE OR REPLACE VIEW refundry.handovers AS
SELECT merchant, object ->> 'id' AS id, object ->> 'chargeId' AS charge, action AS direction,
    object ->> 'merchantId' AS other_merchant, (object ->> 'amount')::bigint AS amount,
    object ->> 'currency' AS currency, (entry ->> 'seq')::bigint AS seq, n, recorded_at AS created_at
FROM refundry.journal WHERE action IN ('handed_over', 'taken_over');

-- A charge as it was concluded, or else as it was created, or else as it was taken over.
CREATE OR REPLACE VIEW refundry.charges AS
SELECT c.merchant, c.id, c.payment_intent, c.amount, c.amount_captured, c.fee, c.currency, c.status,
    c.available_on, c.created_at, c.n, coalesce(r.refunded, 0) AS amount_refunded,
    coalesce(d.disputed, 0) AS amount_disputed,
    c.begins_elsewhere + coalesce(h.elsewhere, 0) AS amount_elsewhere
FROM (
    SELECT DISTINCT ON (merchant, id) merchant, coalesce(object ->> 'chargeId', object ->> 'id') AS id,
        object ->> 'paymentIntentId' AS payment_intent,
        coalesce(object ->> 'chargeAmount', object ->> 'amount')::bigint AS amount,
        (object ->> 'amountCaptured')::bigint AS amount_captured, (object ->> 'fee')::bigint AS fee,
        object ->> 'currency' AS currency, coalesce(object ->> 'status', 'succeeded') AS status,
        (object ->> 'availableOn')::timestamptz AS available_on,
        (object ->> 'createdAt')::timestamptz AS created_at, n,
        CASE action WHEN 'taken_over' THEN (object ->> 'amountCaptured')::bigint ELSE 0 END
            AS begins_elsewhere
    FROM refundry.journal WHERE action IN ('charge', 'charge_conclusion', 'taken_over')
    ORDER BY merchant, id, action = 'taken_over', n DESC
) c
LEFT JOIN (
    SELECT merchant, charge, sum(amount)::bigint AS refunded
    FROM refundry.refunds WHERE status = 'succeeded' GROUP BY merchant, charge
) r ON r.merchant = c.merchant AND r.charge = c.id
LEFT JOIN (
    SELECT merchant, charge, sum(amount)::bigint AS disputed
    FROM refundry.disputes WHERE status <> 'won' GROUP BY merchant, charge
) d ON d.merchant = c.merchant AND d.charge = c.id
LEFT JOIN (
    SELECT merchant, charge,
        sum(CASE direction WHEN 'handed_over' THEN amount ELSE -amount END)::bigint AS elsewhere
    FROM refundry.handovers GROUP BY merchant, charge
) h ON h.merchant = c.merchant AND h.charge = c.id;

-- What each entry did to what the merchant has available and pending.
CREATE OR REPLACE VIEW refundry.statement AS
SELECT merchant, seq, action, currency,
    sum(CASE credit WHEN 'available' THEN amount ELSE 0 END
        - CASE debit WHEN 'available' THEN amount ELSE 0 END)::bigint AS available,
    sum(CASE credit WHEN 'pending' THEN amount ELSE 0 END
        - CASE debit WHEN 'pending' THEN amount ELSE 0 END)::bigint AS pending,
    effective_at, recorded_at
FROM refundry.entries
GROUP BY merchant, seq, action, currency, effective_at, recorded_at;
