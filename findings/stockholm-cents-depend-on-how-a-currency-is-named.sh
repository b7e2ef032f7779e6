#!/bin/sh
# stockholm: 1000 yen in minor units are 1000 or 100000, depending on how the currency was named.
#
# The package has a class for each currency, with its decimals (ISO 4217: JPY 0, KWD 3), and takes the code as a
# text as well: "JPY", or "1000 JPY". The README shows both. from_sub_units() and sub_units use the class's
# decimals, but for a text always two, and the text is never looked up among the classes. Yet the two amounts have
# the same currency_code and compare as equal. One would expect equal amounts to have equal minor units, and the
# decimals of ISO 4217. The README's example has dollars; the changelog says that 100 minor units of the class
# JPY are 100 yen.
#
# It matters where minor units leave the program: a refund of 1000 yen goes to the card network as 100000, one of
# 1.005 dinars as 100.500 (it should be 1005), and what comes back as 1000 is read as 10.00 yen. Amounts that
# were written as text and read back have changed, as a text has no class.
#
# Seen with stockholm 0.5.7, as printed below: by class, by code, and from its own text
#   1000 JPY: 1000, 100000, 100000; equal; 1000 minor units: 1000 JPY, 10.00 JPY
#   1.005 KWD: 1005, 100.500, 100.500; equal; 1000 minor units: 1.000 KWD, 10.00 KWD
#   1.00 EUR: 100, 100, 100; equal; 1000 minor units: 10.00 EUR, 10.00 EUR
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check stockholm==0.5.7

cat > cents.py <<'PY'
from stockholm import Currency, Money

for amount, code in (("1000", "JPY"), ("1.005", "KWD"), ("1.00", "EUR")):
    currency = getattr(Currency, code)
    by_class, by_code = Money(amount, currency), Money(amount, code)
    all_three = by_class, by_code, Money(str(by_class))
    assert {money.currency_code for money in all_three} == {code}
    compared = "equal" if by_class == by_code else "unequal"
    cents = ", ".join(str(money.sub_units) for money in all_three)
    thousand = ", ".join(str(Money.from_sub_units(1000, kind)) for kind in (currency, code))
    print(f"{amount} {code}: {cents}; {compared}; 1000 minor units: {thousand}")
PY
said=$(python/bin/python cents.py)
echo "$said"
[ "$said" = "1000 JPY: 1000, 100000, 100000; equal; 1000 minor units: 1000 JPY, 10.00 JPY
1.005 KWD: 1005, 100.500, 100.500; equal; 1000 minor units: 1.000 KWD, 10.00 KWD
1.00 EUR: 100, 100, 100; equal; 1000 minor units: 10.00 EUR, 10.00 EUR" ]
