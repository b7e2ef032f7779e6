#!/bin/sh
# codapy: in Belgium's CODA statements it writes Decimal("109.05") as 10.905 euros, and Decimal("-20") as 0.02.
#
# An amount in CODA has twelve digits and three decimals, without a point (Febelfin's standard "Coded statement of
# account", record 21). The package reads fifteen digits as thousandths. When it writes, it takes the digits that the
# Decimal happens to have, and never looks at its exponent: only amounts with exactly three decimals are right.
# One would expect 109.050, or a refusal. Nor does it set the field of the sign, which stands beside the amount. The
# README shows how a field is changed and written; its own factories have amounts with three decimals.
#
# It matters as amounts of euros have two decimals, or none: a statement that was read, corrected and written again has
# a tenth or a thousandth in just the line that was corrected. The file's totals (record 9) are written the same
# way, so they may fit. Use quantize(Decimal("0.001")), and set the sign.
#
# Seen with codapy 0.3.28 (Python), as printed below, for what a movement's amount is set to, and what is read again:
#   109.050: 0000000000109050, read 109.050
#   109.05: 0000000000010905, read 10.905
#   109: 0000000000000109, read 0.109
#   -20: 0000000000000020, read 0.020
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
# codapy needs six and does not say so.
python/bin/pip install --quiet --disable-pip-version-check codapy==0.3.28 six==1.17.0

cat > movements.py <<'PY'
from datetime import date
from decimal import Decimal

from pycoda.records import TransactionRecord

DAY = date(2024, 1, 2)


def movement(amount):
    return TransactionRecord(
        serial_number=1, detail_number=0, bank_reference_number="1", balance_sign=0, balance=amount, balance_date=DAY,
        transaction_code=0, reference_type=0, reference="a refund", booking_date=DAY, bank_statement_serial_number=1,
        globalisation_code=0, transaction_sequence=False, information_sequence=False,
    )


for text in ("109.050", "109.05", "109", "-20"):
    record = movement(Decimal("1.000"))
    record.balance = Decimal(text)
    line = record.dumps()
    again = movement(Decimal("0.000"))
    again.loads(line)
    print(f"{text}: {line[31:47]}, read {again.balance}")
PY
said=$(python/bin/python movements.py)
echo "$said"
[ "$said" = "109.050: 0000000000109050, read 109.050
109.05: 0000000000010905, read 10.905
109: 0000000000000109, read 0.109
-20: 0000000000000020, read 0.020" ]
