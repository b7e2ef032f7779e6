#!/bin/sh
# pain001-loader-mt101: of two refunds, 1.005 and 1.004 dinars, the control sum is 2.01, a thousandth too much.
#
# An MT101 orders transfers; this package makes of it the records of a pain.001. There CtrlSum is the sum of all
# instructed amounts, "irrespective of currencies", and its type has 17 decimals (ISO 20022's Message Definition Report
# of pain.001). Amounts of dinars of Kuwait, Bahrain or Jordan have three decimals (ISO 4217). The package keeps them
# in the payments, but rounds their sum to two. One would expect 2.009. The README lists ctrl_sum as supported, and
# names no limit of currencies. Sums in currencies with two decimals, or without any, are right.
#
# It matters as a bank compares the sum with the payments and refuses the whole file if they differ (reason AM10): the
# first batch with an odd number of fils comes back, with each refund in it.
#
# Seen with pain001-loader-mt101 0.0.74 (pain001 0.0.74), as printed below, each with two payments:
#   EUR: 1.05 and 1.04 are 2.09, the control sum is 2.09
#   KWD: 1.005 and 1.004 are 2.009, the control sum is 2.01
#   KWD: 0.001 and 0.002 are 0.003, the control sum is 0.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pain001-loader-mt101==0.0.74 pain001==0.0.74

cat > order.py <<'PY'
from decimal import Decimal

from pain001_loader_mt101 import parse_mt101

HEAD = """:20:REFUNDS1
:28D:1/1
:50H:/DE89370400440532013000
A SHOP
:52A:BANKDEFF
:30:240102
"""
PAYMENT = """:21:R{number}
:32B:{currency}{amount}
:57A:BANKFRPP
:59:/FR1420041010050500013M02606
A CUSTOMER
:70:A REFUND
:71A:SHA
"""

for currency, *amounts in (("EUR", "1.05", "1.04"), ("KWD", "1.005", "1.004"), ("KWD", "0.001", "0.002")):
    payments = [
        PAYMENT.format(number=number, currency=currency, amount=amount.replace(".", ","))
        for number, amount in enumerate(amounts, 1)
    ]
    records = parse_mt101(HEAD + "".join(payments))
    assert [str(record["payment_amount"]) for record in records] == amounts
    [told] = {record["ctrl_sum"] for record in records}
    print(f"{currency}: {' and '.join(amounts)} are {sum(map(Decimal, amounts))}, the control sum is {told}")
PY
said=$(python/bin/python order.py)
echo "$said"
[ "$said" = "EUR: 1.05 and 1.04 are 2.09, the control sum is 2.09
KWD: 1.005 and 1.004 are 2.009, the control sum is 2.01
KWD: 0.001 and 0.002 are 0.003, the control sum is 0.0" ]
