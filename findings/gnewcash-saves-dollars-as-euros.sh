#!/bin/sh
# gnewcash: a GnuCash book that is read and saved again has 100.00 dollars where it had 109.00, and dinars are cut.
#
# A split of GnuCash has two amounts, both as fractions: its value in the transaction's currency, and its quantity in
# the account's (GnuCash's gnucash-v2.rnc). They differ where an account has another currency than the transaction.
# gnewcash reads both. When it saves a book as XML, it writes the value's hundredths over the quantity, and keeps the
# quantity's denominator. Values are cut to hundredths too, so 1.005 dinars become 1.00. One would expect the book that
# was read: nothing in it was changed. It calls itself a library for "reading, interacting with, and writing".
#
# It matters as each transaction still balances, in value, so GnuCash opens the book without a word. But what the
# account in dollars, yen or dinars holds is another amount, for all transactions of all years, once a script has added
# one refund. The bank's statement no longer fits, and the next rate is computed from it.
#
# Seen with gnewcash 1.4.0 (Python), as printed below, value and quantity of one split, before and after:
#   EUR from an account in USD: -10000/100 -10900/100, saved -10000/100 -10000/100
#   EUR from an account in JPY: -3000/100 -5000/1, saved -3000/100 -3000/1
#   KWD from an account in KWD: -1005/1000 -1005/1000, saved -100/100 -100/1000
#   EUR from an account in EUR: -10905/100 -10905/100, saved -10905/100 -10905/100
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
# gnewcash needs typing-extensions and does not say so.
python/bin/pip install --quiet --disable-pip-version-check gnewcash==1.4.0 typing-extensions==4.15.0

cat > save.py <<'PY'
import re
from pathlib import Path

from gnewcash import GnuCashFile
from gnewcash.file_formats import XMLFileFormat

NAMES = ("gnc", "act", "book", "cd", "cmdty", "split", "trn", "ts")
REFUNDS = [  # the transaction's currency, the account's and its smallest part, value and quantity
    ("EUR", "USD", 100, "10000/100", "10900/100"),
    ("EUR", "JPY", 1, "3000/100", "5000/1"),
    ("KWD", "KWD", 1000, "1005/1000", "1005/1000"),
    ("EUR", "EUR", 100, "10905/100", "10905/100"),
]


def guid(number):
    return f"{number:032x}"


def commodity(tag, currency):
    return f"<{tag}><cmdty:space>CURRENCY</cmdty:space><cmdty:id>{currency}</cmdty:id></{tag}>"


def account(number, name, kind, currency, smallest):
    return (
        f'<gnc:account version="2.0.0"><act:name>{name}</act:name><act:id type="guid">{guid(number)}</act:id>'
        f"<act:type>{kind}</act:type>{commodity('act:commodity', currency)}"
        f'<act:commodity-scu>{smallest}</act:commodity-scu><act:parent type="guid">{guid(1)}</act:parent></gnc:account>'
    )


def split(number, value, quantity, owner):
    return (
        f'<trn:split><split:id type="guid">{guid(number)}</split:id><split:reconciled-state>n</split:reconciled-state>'
        f"<split:value>{value}</split:value><split:quantity>{quantity}</split:quantity>"
        f'<split:account type="guid">{guid(owner)}</split:account></trn:split>'
    )


def splits(text):
    found = re.findall(r"<split:value>([^<]+)</split:value><split:quantity>([^<]+)</split:quantity>", text)
    return [f"{value} {quantity}" for value, quantity in found if value.startswith("-")]


accounts, transactions = "", ""
for place, (own, other, smallest, value, quantity) in enumerate(REFUNDS):
    number = 16 * (place + 1)
    decimals = value.split("/")[1]
    accounts += account(number, f"Refunds {place}", "EXPENSE", own, decimals)
    accounts += account(number + 1, f"Bank {place}", "BANK", other, smallest)
    day = "<ts:date>2024-01-02 10:59:00 +0000</ts:date>"
    transactions += (
        f'<gnc:transaction version="2.0.0"><trn:id type="guid">{guid(number + 2)}</trn:id>'
        f"{commodity('trn:currency', own)}<trn:date-posted>{day}</trn:date-posted>"
        f"<trn:date-entered>{day}</trn:date-entered><trn:description>a refund</trn:description><trn:splits>"
        f"{split(number + 3, value, value, number)}{split(number + 4, f'-{value}', f'-{quantity}', number + 1)}"
        "</trn:splits></gnc:transaction>"
    )
names = " ".join(f'xmlns:{name}="http://www.gnucash.org/XML/{name}"' for name in NAMES)
book = (
    f'<?xml version="1.0" encoding="utf-8" ?><gnc-v2 {names}><gnc:count-data cd:type="book">1</gnc:count-data>'
    f'<gnc:book version="2.0.0"><book:id type="guid">{guid(2)}</book:id><gnc:account version="2.0.0">'
    f'<act:name>Root Account</act:name><act:id type="guid">{guid(1)}</act:id><act:type>ROOT</act:type></gnc:account>'
    f"{accounts}{transactions}</gnc:book></gnc-v2>"
)
Path("book.gnucash").write_text(book)
GnuCashFile.read_file("book.gnucash", XMLFileFormat).build_file("saved.gnucash", XMLFileFormat)
saved = splits(Path("saved.gnucash").read_text())
for (own, other, *_), before, after in zip(REFUNDS, splits(book), saved, strict=True):
    print(f"{own} from an account in {other}: {before}, saved {after}")
PY
said=$(python/bin/python save.py)
echo "$said"
[ "$said" = "EUR from an account in USD: -10000/100 -10900/100, saved -10000/100 -10000/100
EUR from an account in JPY: -3000/100 -5000/1, saved -3000/100 -3000/1
KWD from an account in KWD: -1005/1000 -1005/1000, saved -100/100 -100/1000
EUR from an account in EUR: -10905/100 -10905/100, saved -10905/100 -10905/100" ]
