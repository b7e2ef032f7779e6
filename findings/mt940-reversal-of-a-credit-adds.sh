#!/bin/sh
# camt053-loader-mt940: a credit that the bank took back (mark RC) becomes a second credit in camt.053.
#
# MT940 marks a line with C, D, RC (a credit reversed: money leaves) or RD (a debit reversed: money comes
# back). In camt.053 CdtDbtInd says which way this entry moves money; RvslInd true says only that it reverses
# an earlier one, so "CRDT, true" reverses a debit. RC has to become "DBIT, true". This loader makes "CRDT,
# true" of RC and "DBIT, true" of RD: both with the sign turned. The bank's own closing balance in the same
# file shows it. x940 writes the same statement as camt.053 with the right signs.
#
# It matters to whoever matches refunds and chargebacks with the bank: a returned payment counts as paid
# twice, and nothing warns, although the file says what the account held at the end.
#
# Seen with camt053-loader-mt940 0.0.23 (camt053 0.0.23) and x940 0.1.1, on a statement that opens with 100.00
# and closes with 112.00, as printed below:
#   camt053-loader-mt940: C=CRDT D=DBIT RC=CRDT RD=DBIT, 100.00 becomes 108.00, the bank says 112.00
#   x940: C=CRDT D=DBIT RC=DBIT RD=CRDT, 100.00 becomes 112.00, the bank says 112.00
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check camt053-loader-mt940==0.0.23 camt053==0.0.23 x940==0.1.1

cat > reversal.py <<'PY'
import re
from decimal import Decimal

import camt053_loader_mt940
import x940

STATEMENT = """:20:STATEMENT1
:25:NL00BANK0000000001
:28C:1
:60F:C240102EUR100,00
:61:2401020102C20,00NTRFC//BANK1
:86:a sale
:61:2401020102D10,00NTRFD//BANK2
:86:a refund
:61:2401020102RC5,00NTRFRC//BANK3
:86:a sale that the bank took back
:61:2401020102RD7,00NTRFRD//BANK4
:86:a refund that came back
:62F:C240102EUR112,00
"""
MARKS = ["C", "D", "RC", "RD"]


def tell(package, entries):
    balance = Decimal("100.00")
    for direction, is_reversal, amount in entries:
        balance += amount if direction == "CRDT" else -amount
    assert [is_reversal for _, is_reversal, _ in entries] == [False, False, True, True]
    marks = " ".join(f"{mark}={entry[0]}" for mark, entry in zip(MARKS, entries, strict=True))
    print(f"{package}: {marks}, 100.00 becomes {balance}, the bank says 112.00")


[statement] = camt053_loader_mt940.parse_mt940(STATEMENT).statements
assert [entry.reference for entry in statement.entries] == MARKS
tell("camt053-loader-mt940", [
    (entry.credit_debit_indicator, entry.reversal_indicator, Decimal(entry.amount))
    for entry in statement.entries
])

entry = r'<Ntry>.*?<Amt Ccy="EUR">(.*?)</Amt>\s*<CdtDbtInd>(.*?)</CdtDbtInd>\s*<RvslInd>(.*?)</RvslInd>'
tell("x940", [
    (direction, is_reversal == "true", Decimal(amount))
    for amount, direction, is_reversal in re.findall(entry, x940.MT940(STATEMENT).to_camt053(), re.S)
])
PY
said=$(python/bin/python reversal.py)
echo "$said"
[ "$said" = "camt053-loader-mt940: C=CRDT D=DBIT RC=CRDT RD=DBIT, 100.00 becomes 108.00, the bank says 112.00
x940: C=CRDT D=DBIT RC=DBIT RD=CRDT, 100.00 becomes 112.00, the bank says 112.00" ]
