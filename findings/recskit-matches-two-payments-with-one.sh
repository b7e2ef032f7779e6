#!/bin/sh
# recskit: of two payments of 100.00 on a statement, both are matched with the only one that the ledger has.
#
# The package compares a supplier's statement with the own ledger: each line is "ok", or "missing" in the ledger. It
# looks for a payment by its amount first, and never marks one as taken. So any number of payments of one amount, on
# whatever days, is "ok" if the ledger has one such payment. One would expect the second to be "missing": the README
# promises to match payments and to flag what is missing. Its dates are not looked at, and payments that only the ledger
# has are named nowhere (extra_in_ledger holds invoices). Payments of different amounts are right.
#
# It matters as two equal payments are the everyday case, of instalments or of a refund that was paid twice, and what a
# reconciliation is for. The balance alone shows a difference, and no line says where. If another error evens that
# out, the statement is "agreed", and the other error is all that is named.
#
# Seen with recskit 0.1.0, as printed below, for an invoice of 500.00 and payments in January and February; in the last
# case another supplier's credit note of 100.00 was booked here, so that the ledger's balance fits:
#   100.00 and 90.00, the ledger has 100.00: ok, missing; difference 90.0, agreed False, extra none
#   100.00 and 100.00, the ledger has 100.00: ok, ok; difference 100.0, agreed False, extra none
#   100.00 and 100.00, the ledger has 100.00 and another credit: ok, ok; difference 0.0, agreed True, extra CN-9
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check recskit==0.1.0

cat > reconcile.py <<'PY'
from datetime import date

from recskit import LedgerInvoice, LedgerPayment, StatementItem, reconcile_statement

JANUARY, FEBRUARY = date(2024, 1, 15), date(2024, 2, 15)


def tell(name, second, *others):
    items = [
        StatementItem(type="invoice", ref="INV-100", amount=500.00, date=date(2024, 1, 2)),
        StatementItem(type="payment", ref="bacs", amount=100.00, date=JANUARY),
        StatementItem(type="payment", ref="bacs", amount=second, date=FEBRUARY),
    ]
    invoices = [LedgerInvoice(ref="INV-100", amount=500.00, outstanding=400.00), *others]
    payments = [LedgerPayment(ref="OUT-1", amount=100.00, date=JANUARY)]
    told = reconcile_statement(items, invoices, payments, 400.00 - second)
    matched = [result for result in told.payment_results if result.status == "ok"]
    assert {result.ledger_ref for result in matched} == {"OUT-1"}
    statuses = ", ".join(result.status for result in told.payment_results)
    extra = ", ".join(invoice.ref for invoice in told.extra_in_ledger) or "none"
    print(f"{name}: {statuses}; difference {told.balance_difference}, agreed {told.agreed}, extra {extra}")


tell("100.00 and 90.00, the ledger has 100.00", 90.00)
tell("100.00 and 100.00, the ledger has 100.00", 100.00)
credit = LedgerInvoice(ref="CN-9", amount=100.00, outstanding=-100.00)
tell("100.00 and 100.00, the ledger has 100.00 and another credit", 100.00, credit)
PY
said=$(python/bin/python reconcile.py)
echo "$said"
[ "$said" = "100.00 and 90.00, the ledger has 100.00: ok, missing; difference 90.0, agreed False, extra none
100.00 and 100.00, the ledger has 100.00: ok, ok; difference 100.0, agreed False, extra none
100.00 and 100.00, the ledger has 100.00 and another credit: ok, ok; difference 0.0, agreed True, extra CN-9" ]
