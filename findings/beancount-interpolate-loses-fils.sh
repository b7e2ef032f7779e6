#!/bin/sh
# beancount-interpolate: 1.005 dinars that are spread over a week become 1.01, and 100 yen get hundredths.
#
# The plugins split and spread replace an entry by parts of it, one for each day or month: a voucher or a yearly fee
# is earned bit by bit. Their README carries what a day's rounding leaves to the next day, so one would expect
# parts that add up to what was there. But each part, and the rest after the last day, is rounded to hundredths
# whatever the currency. Dinars have thousandths (ISO 4217), so the rest is rounded away. Yen have no hundredths,
# and the parts have some. Only "min_value" can be set, which is a part's least size. The README speaks of cents.
#
# It matters as nothing else sees it. Each part balances, so Beancount has no error, and with spread the
# liability never comes back to zero: after the last day 0.004 is still owed, or 0.005 too much was earned. What is
# left of a voucher, and may be refunded, is off by it, and in yen it is not even an amount that can be paid.
#
# Seen with beancount-interpolate 2.5.1 and Beancount 3.2.3, as printed below, spread over seven days, without errors:
#   100.00 EUR: earned 100.00, still owed 0.00; the first day's part 14.29
#   1.005 KWD: earned 1.01, still owed -0.005; the first day's part 0.14
#   1.004 KWD: earned 1.00, still owed 0.004; the first day's part 0.14
#   100 JPY: earned 100.00, still owed 0.00; the first day's part 14.29
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check beancount-interpolate==2.5.1 beancount==3.2.3

cat > spread.py <<'PY'
from beancount import loader
from beancount.core.data import Transaction

BOOK = """
plugin "beancount_interpolate.spread"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Vouchers
2024-01-01 open Liabilities:Current:Vouchers

2024-01-02 * "A voucher for a week"
  spread: "7 days"
  Assets:Bank  {amount}
  Income:Vouchers
"""


def parts(entries, account):
    of_all = (posting for entry in entries if isinstance(entry, Transaction) for posting in entry.postings)
    return [posting.units.number for posting in of_all if posting.account == account]


for amount in ["100.00 EUR", "1.005 KWD", "1.004 KWD", "100 JPY"]:
    entries, errors, _ = loader.load_string(BOOK.format(amount=amount))
    assert not errors, errors
    earned = parts(entries, "Income:Vouchers")
    owed = sum(parts(entries, "Liabilities:Current:Vouchers"))
    print(f"{amount}: earned {-sum(earned)}, still owed {-owed}; the first day's part {-earned[0]}")
PY
said=$(python/bin/python spread.py)
echo "$said"
[ "$said" = "100.00 EUR: earned 100.00, still owed 0.00; the first day's part 14.29
1.005 KWD: earned 1.01, still owed -0.005; the first day's part 0.14
1.004 KWD: earned 1.00, still owed 0.004; the first day's part 0.14
100 JPY: earned 100.00, still owed 0.00; the first day's part 14.29" ]
