#!/bin/sh
# py-moneyed, django-money: a refund of 109.50 forints is printed as HUF110, and 1.005 dinars of Iraq as IQD1.
#
# ISO 4217 gives the forint, the Colombian peso and the rupiah two decimals, and the Iraqi dinar three; card networks
# and processors take them so. py-moneyed knows that: get_amount_in_sub_unit() gives 10950. But str(), format_money()
# and django-money's templates ask Babel, and Babel asks CLDR, whose decimals are those in use among people: none
# for 15 currencies that have cents or fils in ISO 4217. The amount is rounded to them. One would expect the amount
# that was put in, as for euros. The documentation says that CLDR defines how currencies are formatted, and
# speaks of no rounding.
#
# It matters as str() is what stands in mails, receipts, logs and CSV. The customer reads 110 and gets 109.50; two
# refunds of 109.50 say 110 each, and their sum says 219. Yen and Kuwait's dinars, with which one tests decimals, are
# right. decimal_quantization=False leaves the amount alone: an argument of format_money(), and of str() there is none.
#
# Seen with py-moneyed 3.0, django-money 3.6.2, Babel 2.19.0 and iso4217 1.16.20260101, as printed below: the amount,
# its minor units, and as text by str(), by format_money() and in a template
#   109.50 EUR: 10950; €109.50, €109.50, €109.50
#   1.005 KWD: 1005; KWD1.005, KWD1.005, KWD1.005
#   5000 JPY: 5000; ¥5,000, ¥5,000, ¥5,000
#   109.50 HUF: 10950; HUF110, HUF110, HUF110
#   109.50 COP: 10950; COP110, COP110, COP110
#   1.005 IQD: 1005; IQD1, IQD1, IQD1
#   HUF110 + HUF110 = HUF219
#   fewer decimals than in ISO 4217: AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK SOS SYP YER
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check py-moneyed==3.0 django-money==3.6.2 Babel==2.19.0 \
    Django==5.2.19 iso4217==1.16.20260101

cat > forints.py <<'PY'
import django
import iso4217
from django.conf import settings
from django.template import Context, Engine
from babel.numbers import get_currency_precision
from moneyed import Money
from moneyed.l10n import format_money

settings.configure(USE_I18N=True, LANGUAGE_CODE="en", INSTALLED_APPS=["djmoney"])
django.setup()

from djmoney.money import Money as DjangoMoney  # noqa: E402

for currency, amount in [
    ("EUR", "109.50"), ("KWD", "1.005"), ("JPY", "5000"), ("HUF", "109.50"), ("COP", "109.50"), ("IQD", "1.005"),
]:
    money = Money(amount, currency)
    page = Engine().from_string("{{ refund }}").render(Context({"refund": DjangoMoney(amount, currency)}))
    print(f"{amount} {currency}: {money.get_amount_in_sub_unit()}; {money}, {format_money(money, locale='en')}, {page}")
two = Money("109.50", "HUF")
print(f"{two} + {two} = {two + two}")
print("fewer decimals than in ISO 4217:", *sorted(
    currency.code for currency in iso4217.Currency
    if currency.exponent is not None and get_currency_precision(currency.code) < currency.exponent
))
PY
said=$(LC_ALL=en_US.UTF-8 PYTHONIOENCODING=utf-8 python/bin/python forints.py)
echo "$said"
[ "$said" = "109.50 EUR: 10950; €109.50, €109.50, €109.50
1.005 KWD: 1005; KWD1.005, KWD1.005, KWD1.005
5000 JPY: 5000; ¥5,000, ¥5,000, ¥5,000
109.50 HUF: 10950; HUF110, HUF110, HUF110
109.50 COP: 10950; COP110, COP110, COP110
1.005 IQD: 1005; IQD1, IQD1, IQD1
HUF110 + HUF110 = HUF219
fewer decimals than in ISO 4217: AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK SOS SYP YER" ]
