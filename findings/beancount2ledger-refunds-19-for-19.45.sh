#!/bin/sh
# beancount2ledger: a refund of 19.45 euros is written as 19, if most amounts in euros have no decimals.
#
# Beancount keeps each number with its own digits, and infers from all of them how many decimals a currency usually
# has, to show sums (its document "Precision & Tolerances"). This package writes a journal for Ledger or hledger with
# that display precision: with the decimals that are most common, whatever the amount itself has. One would expect
# the amounts of the book. Its documentation speaks of rounding only where Ledger would not take a transaction as
# balanced. Their issue about it has been open since 2022.
#
# It matters as both sides of an entry are rounded alike, so the journal balances and neither program complains. Who
# writes sales as "100 EUR" loses the cents of refunds and fees, and in dinars, mostly written with two decimals,
# fils are lost. A single new amount can change the others. Write all amounts of a currency with all its decimals.
#
# Seen with beancount2ledger 1.3 and Beancount 3.2.3 (Python), as printed below, for what the bank's account holds:
#   Beancount: 130.55 EUR 29.495 KWD
#   ledger: 100 50 -19 EUR, 10.50 20.00 -1.00 KWD
#   hledger: 100 50 -19 EUR, 10.50 20.00 -1.00 KWD
#   with 100.00 EUR and 50.00 EUR, ledger: 100.00 50.00 -19.45 EUR, 10.50 20.00 -1.00 KWD
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
# beancount2ledger needs PyYAML and does not say so.
python/bin/pip install --quiet --disable-pip-version-check beancount2ledger==1.3 beancount==3.2.3 pyyaml==6.0.3

book() {
    printf '2024-01-01 open Assets:Bank\n2024-01-01 open Income:Sales\n'
    for amount in "$@" '-19.45 EUR' '10.50 KWD' '20.00 KWD' '-1.005 KWD'; do
        printf '2024-01-02 * "a sale or a refund"\n  Assets:Bank  %s\n  Income:Sales\n' "$amount"
    done
}
book '100 EUR' '50 EUR' > book.beancount
book '100.00 EUR' '50.00 EUR' > cents.beancount

cat > holds.py <<'PY'
from beancount import loader
from beancount.core import realization

entries, errors, _ = loader.load_file("book.beancount")
assert not errors
held = realization.get(realization.realize(entries), "Assets:Bank").balance
print("Beancount:", *sorted(str(position.units) for position in held.get_positions()))
PY
written() {
    python/bin/beancount2ledger --format "$1" "$2" > journal
    of() { awk -v currency="$1" '$1 == "Assets:Bank" && $3 == currency { printf "%s ", $2 }' journal; }
    echo "$(of EUR)EUR, $(of KWD)KWD"
}
said="$(python/bin/python holds.py)
ledger: $(written ledger book.beancount)
hledger: $(written hledger book.beancount)
with 100.00 EUR and 50.00 EUR, ledger: $(written ledger cents.beancount)"
echo "$said"
[ "$said" = "Beancount: 130.55 EUR 29.495 KWD
ledger: 100 50 -19 EUR, 10.50 20.00 -1.00 KWD
hledger: 100 50 -19 EUR, 10.50 20.00 -1.00 KWD
with 100.00 EUR and 50.00 EUR, ledger: 100.00 50.00 -19.45 EUR, 10.50 20.00 -1.00 KWD" ]
