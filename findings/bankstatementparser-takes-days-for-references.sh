#!/bin/sh
# bankstatementparser: in BAI2, a refund's reference becomes a day or a number, and 5000 yen become 50.
#
# In BAI2 a transaction (record 16) has its type, amount and funds type before both references and the text. With
# funds type V two fields follow (value date and time), with S three amounts, with D a count and pairs (BAI's
# Cash Management Balance Reporting Specifications, version 2). This parser knows none of them. It takes
# the third and fourth field after the amount for the references whatever they are. And amounts have no point:
# the currency says how many decimals there are. This parser divides by 100 in each. One would expect what the
# package bai2 gives: the references, and 5000, which in JPY are 5000 yen.
#
# It matters as a bank's line is matched with a refund by its reference: "0800", a time, is the same for all that
# is settled that day, and the value date is lost. Sums in yen are a hundredth, in dinars ten times as much. The
# file's own totals, which it carries for this, are not compared.
#
# Seen with bankstatementparser 0.0.29 and bai2 0.15.0, as printed below:
#   0: bankstatementparser 50 JPY SALE1 ORDER1 sale, bai2 5000 SALE1 ORDER1 sale
#   V: bankstatementparser -10 JPY 240103 0800 REFUND1, bai2 1000 REFUND1 ORDER1 refund
#   S: bankstatementparser -20 JPY 0 2000 0, bai2 2000 REFUND2 ORDER2 refund
#   D: bankstatementparser -5 JPY 2 1 300, bai2 500 REFUND3 ORDER3 refund
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check bankstatementparser==0.0.29 bai2==0.15.0

cat > day.bai <<'BAI'
01,BANK,SHOP,240102,0800,1,80,,2/
02,SHOP,BANK,1,240102,0800,JPY,2/
03,0001,JPY,010,0,,/
16,165,5000,0,SALE1,ORDER1,sale/
16,475,1000,V,240103,0800,REFUND1,ORDER1,refund/
16,475,2000,S,0,2000,0,REFUND2,ORDER2,refund/
16,475,500,D,2,1,300,2,200,REFUND3,ORDER3,refund/
49,8500,6/
98,8500,1,8/
99,8500,1,10/
BAI
cat > day.py <<'PY'
from bai2 import bai2
from bankstatementparser import Bai2Parser

with open("day.bai") as file:
    [account] = bai2.parse_from_file(file).children[0].children
rows = Bai2Parser("day.bai").parse().to_dict("records")
for one, row in zip(account.children, rows, strict=True):
    kind = one.funds_type.value
    print(
        f"{kind}: bankstatementparser {row['amount']} {row['currency']} "
        f"{row['transaction_id']} {row['Reference']} {row['description']}, "
        f"bai2 {one.amount} {one.bank_reference} {one.customer_reference} {one.text}"
    )
PY
said=$(python/bin/python day.py)
echo "$said"
[ "$said" = "0: bankstatementparser 50 JPY SALE1 ORDER1 sale, bai2 5000 SALE1 ORDER1 sale
V: bankstatementparser -10 JPY 240103 0800 REFUND1, bai2 1000 REFUND1 ORDER1 refund
S: bankstatementparser -20 JPY 0 2000 0, bai2 2000 REFUND2 ORDER2 refund
D: bankstatementparser -5 JPY 2 1 300, bai2 500 REFUND3 ORDER3 refund" ]
