#!/bin/sh
# csv2ofx and price-parser: an amount with three decimals becomes a thousand times as much.
#
# Both guess what a dot or a comma means. If just three digits follow it, they take it for a separator of
# thousands: 1.005 is 1005. That is a guess for 1.005, but no number begins with a group of a lone 0, so 0.005
# has one reading only; it becomes 5. And KWD, BHD, JOD, OMR, TND and LYD always have three decimals (ISO 4217).
# One would expect 0.005 and 1.005, at least where the currency stands beside the amount, or else a refusal.
# price-parser can be told (decimal_separator); in csv2ofx neither its options nor a mapping's "currency" are
# asked. Half a dinar (0.50) beside it is read rightly, so a file may hold both.
#
# It matters to who brings a till's or an acquirer's CSV into books: in Kuwait a refund of 1.005 dinars is one of
# 1005, with no warning. A rounded OFX file (".2f") then hides that there ever were three decimals.
#
# Seen with csv2ofx 0.34.2 (meza 0.47.0) and price-parser 0.5.1, as printed below:
#   -1.005: csv2ofx -1005.00, price-parser 1005 KWD, told that it is a dot 1.005 KWD
#   -12.500: csv2ofx -12500.00, price-parser 12500 KWD, told that it is a dot 12.500 KWD
#   -0.005: csv2ofx -5.00, price-parser 5 KWD, told that it is a dot 0.005 KWD
#   -0.50: csv2ofx -0.50, price-parser 0.50 KWD, told that it is a dot 0.50 KWD
# (price-parser reads prices, which have no sign.)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check csv2ofx==0.34.2 meza==0.47.0 price-parser==0.5.1

cat > mapping.py <<'PY'
from operator import itemgetter

mapping = {
    "has_header": True,
    "account": itemgetter("Account"),
    "currency": itemgetter("Currency"),
    "date": itemgetter("Date"),
    "amount": itemgetter("Amount"),
    "desc": itemgetter("Description"),
}
PY
cat > price.py <<'PY'
import sys

from price_parser import Price

text = f"{sys.argv[1]} KWD"
guessed, told = Price.fromstring(text), Price.fromstring(text, decimal_separator=".")
print(f"price-parser {guessed.amount} {guessed.currency}, told that it is a dot {told.amount} {told.currency}")
PY

read_amount() {
    printf 'Date,Account,Description,Amount,Currency\n2024-01-02,till,refund,%s,KWD\n' "$1" > till.csv
    python/bin/csv2ofx --custom mapping.py till.csv till.ofx
    grep -q '<CURDEF>KWD</CURDEF>' till.ofx
    ofx=$(sed -n 's/.*<TRNAMT>\(.*\)<\/TRNAMT>.*/\1/p' till.ofx)
    echo "$1: csv2ofx $ofx, $(python/bin/python price.py "$1")"
}
said=$(for amount in -1.005 -12.500 -0.005 -0.50; do read_amount "$amount"; done)
echo "$said"
[ "$said" = "-1.005: csv2ofx -1005.00, price-parser 1005 KWD, told that it is a dot 1.005 KWD
-12.500: csv2ofx -12500.00, price-parser 12500 KWD, told that it is a dot 12.500 KWD
-0.005: csv2ofx -5.00, price-parser 5 KWD, told that it is a dot 0.005 KWD
-0.50: csv2ofx -0.50, price-parser 0.50 KWD, told that it is a dot 0.50 KWD" ]
