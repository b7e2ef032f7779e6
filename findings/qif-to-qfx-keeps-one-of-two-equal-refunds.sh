#!/bin/sh
# qif-to-qfx: of two refunds of 20.00 on one day only one is converted, although number and memo differ.
#
# A QIF file is a list of records, each ended by "^", and nothing in it has to be unique: two records with the same
# day, amount and payee are two transactions (Quicken's "QIF technical overview"). This package keeps the first of
# those that agree in day, amount and payee (P), and asks neither for the number (N) nor the memo (M). The README
# says that overlapping files can be combined without duplicates. It does the same within a single file. One would
# expect all of its records, or the number to count. It prints how many are left, and not how many were left out.
#
# It matters as equal refunds on one day are ordinary: one article, two customers, and a card processor as payee of
# all. The balance that it writes is the sum of what is left, so the result fits itself, and Quicken has more money
# than the bank. Compare the sum of the T lines with BALAMT.
#
# Seen with qif-to-qfx 0.1.1 (Python), as printed below:
#   QIF: 100.00 -20.00 (order 1) -20.00 (order 2) -20.01 (order 3), sum 39.99
#   QFX: 100.00 -20.00 (order 1) -20.01 (order 3), BALAMT 59.99
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check qif-to-qfx==0.1.1

cat > bank.qif <<'QIF'
!Type:Bank
D01/02/2024
T100.00
N1
Pa card processor
Ma sale
^
D01/02/2024
T-20.00
N2
Pa card processor
Morder 1
^
D01/02/2024
T-20.00
N3
Pa card processor
Morder 2
^
D01/02/2024
T-20.01
N4
Pa card processor
Morder 3
^
QIF
python/bin/qif-to-qfx bank.qif bank.qfx --no-balance > log

# The amounts, with the order's memo where there is one.
told() { awk -v amount="$1" -v memo="$2" '
    index($0, amount) == 1 { printf "%s%s", sep, substr($0, length(amount) + 1); sep = " " }
    index($0, memo "order") == 1 { printf " (%s)", substr($0, length(memo) + 1) }' "$3"; }
sum=$(awk '/^T[-0-9]/ { total += substr($0, 2) } END { printf "%.2f", total }' bank.qif)
said="QIF: $(told T M bank.qif), sum $sum
QFX: $(told '<TRNAMT>' '<MEMO>' bank.qfx), BALAMT $(sed -n 's/^<BALAMT>//p' bank.qfx)"
echo "$said"
[ "$said" = "QIF: 100.00 -20.00 (order 1) -20.00 (order 2) -20.01 (order 3), sum 39.99
QFX: 100.00 -20.00 (order 1) -20.01 (order 3), BALAMT 59.99" ]
