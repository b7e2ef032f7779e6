#!/bin/sh
# piecash: of the journal that it writes of a GnuCash book, hledger reads 5000 yen as 5: less 800 they are -795.
#
# piecash.ledger() and "piecash ledger" write a book as a journal for Ledger, with a comma between thousands: "EUR
# 5,000.00" and, as yen have no decimals (ISO 4217), "JPY 5,000". Ledger takes that comma for a separator.
# hledger reads such journals too, but takes a lone comma for the point, unless the journal says otherwise
# ("decimal-mark .", or a currency's format). piecash's doesn't: its line "commodity JPY" has no format. One would
# expect the amounts that GnuCash has. piecash speaks of Ledger alone, and hledger's manual of what a lone comma is.
#
# It matters as neither sees it. Each entry still balances, "check --strict" passes, and hledger shows 5 yen as "JPY
# 5,000" too. Only what is below 1000 has no comma, and counts thousandfold beside it: a small refund turns a day's
# sales into a loss. Euros are right, so it is the yen, won and pesos of one book that are wrong. Write
# "decimal-mark ." before the journal.
#
# Seen with piecash 1.2.1, and Debian 12's hledger 1.25-2+b5 and ledger 3.3.0-3, as printed below:
#   EUR 5000.00 -800.00: GnuCash 4200, Ledger EUR 4,200.00, hledger EUR 4,200.00
#   JPY 5000: GnuCash 5000, Ledger JPY 5,000, hledger JPY 5,000
#   JPY 5000 -800: GnuCash 4200, Ledger JPY 4,200, hledger JPY -795,000
#   JPY 5000 -800, with "decimal-mark .": hledger JPY 4,200
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check piecash==1.2.1
for package in hledger ledger libboost-filesystem1.74.0 libboost-iostreams1.74.0 libboost-regex1.74.0; do
    apt-get download --quiet=2 "$package" 2> /dev/null || true
done
for archive in *.deb; do dpkg -x "$archive" root; done
LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/usr/lib"
export LD_LIBRARY_PATH

cat > book.py <<'PY'
import datetime
import sys
import warnings
from decimal import Decimal

warnings.simplefilter("ignore")

import piecash  # noqa: E402

currency, *amounts = sys.argv[1:]
book = piecash.create_book(currency=currency)
bank = piecash.Account("Bank", "ASSET", parent=book.root_account, commodity=book.default_currency)
sales = piecash.Account("Sales", "INCOME", parent=book.root_account, commodity=book.default_currency)
for day, amount in enumerate(map(Decimal, amounts), 1):
    piecash.Transaction(
        currency=book.default_currency, description="", post_date=datetime.date(2024, 1, day),
        splits=[piecash.Split(account=bank, value=amount), piecash.Split(account=sales, value=-amount)],
    )
book.save()
print(piecash.ledger(book))
print(f"; {bank.get_balance()}")
PY

"$PWD/root/usr/bin/hledger" --version | grep -q 'hledger 1\.25' || { echo "another hledger"; exit 1; }
"$PWD/root/usr/bin/ledger" --version | grep -q 'Ledger 3\.3\.0' || { echo "another Ledger"; exit 1; }

by_hledger() {
    LC_ALL=C.UTF-8 root/usr/bin/hledger -f "$1" check --strict
    LC_ALL=C.UTF-8 root/usr/bin/hledger -f "$1" balance Bank --no-total | sed 's/^ *//; s/  Bank$//'
}

tell() {
    python/bin/python book.py "$@" > book.journal 2> /dev/null
    by_ledger=$(root/usr/bin/ledger -f book.journal balance Bank | sed 's/^ *//; s/  Bank$//')
    echo "$*: GnuCash $(sed -n 's/^; //p' book.journal), Ledger $by_ledger, hledger $(by_hledger book.journal)"
}

said=$(
    tell EUR 5000.00 -800.00
    tell JPY 5000
    tell JPY 5000 -800
    { echo 'decimal-mark .'; cat book.journal; } > told.journal
    echo "JPY 5000 -800, with \"decimal-mark .\": hledger $(by_hledger told.journal)"
)
echo "$said"
[ "$said" = "EUR 5000.00 -800.00: GnuCash 4200, Ledger EUR 4,200.00, hledger EUR 4,200.00
JPY 5000: GnuCash 5000, Ledger JPY 5,000, hledger JPY 5,000
JPY 5000 -800: GnuCash 4200, Ledger JPY 4,200, hledger JPY -795,000
JPY 5000 -800, with \"decimal-mark .\": hledger JPY 4,200" ]
