#!/bin/sh
# num2words: in Arabic, dollars and every other currency that it does not know are written as Saudi riyals.
#
# Many receipts and cheques in Arabic say the amount in words, and the words count where they differ from the
# digits. English refuses a currency that it has no words for (NotImplementedError), and so do others. Arabic
# knows EGP, KWD and TND; for USD, EUR, JPY or BHD it says riyals and halalas, and throws nothing. And in
# Kuwait's dinar, which has 1000 fils, it counts hundredths: 109.05 KWD is "and five fils" (0.005), where it
# should be fifty, and 1.005 loses its five fils. Tunisia's dinar, of 1000 as well, is right. Neither the
# README nor the code's comments say so.
#
# It matters on a refund's receipt: 109.05 dollars are promised as 109.05 riyals, about a quarter of it.
#
# Seen with num2words 0.5.14, as printed below (riyal, dinar and the number of fils or millimes that it says):
#   USD: 109 riyals 5 halalas; EUR: 109 riyals 5 halalas; BHD: 109 riyals 5 halalas
#   KWD: 109 dinars 5 fils; TND: 109 dinars 50 millimes; 1.005 KWD: 1 dinar; 1.005 TND: 1 dinar 5 millimes
#   English BHD: NotImplementedError
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check num2words==0.5.14

cat > words.py <<'PY'
from decimal import Decimal

from num2words import num2words

MEANING = {
    "واحد ريال": "1 riyal",
    "واحد دينار": "1 dinar",
    "واحد دينار و خمس مليمات": "1 dinar 5 millimes",
    "مائة و تسعة ريالات و خمس هللات": "109 riyals 5 halalas",
    "مائة و تسعة دينارات و خمس فلس": "109 dinars 5 fils",
    "مائة و تسعة دينارات و خمسون فلس": "109 dinars 50 fils",
    "مائة و تسعة دينارات و خمسون مليم": "109 dinars 50 millimes",
}


def said(amount, currency):
    words = num2words(Decimal(amount), lang="ar", to="currency", currency=currency)
    return MEANING.get(words, words)


print("; ".join(f"{currency}: {said('109.05', currency)}" for currency in ("USD", "EUR", "BHD")))
print("; ".join(f"{currency}: {said('109.05', currency)}" for currency in ("KWD", "TND")), end="; ")
print("; ".join(f"1.005 {currency}: {said('1.005', currency)}" for currency in ("KWD", "TND")))
try:
    print("English BHD:", num2words(Decimal("109.05"), lang="en", to="currency", currency="BHD"))
except NotImplementedError as error:
    print(f"English BHD: {type(error).__name__}")
PY
said=$(PYTHONIOENCODING=utf-8 python/bin/python words.py)
echo "$said"
[ "$said" = "USD: 109 riyals 5 halalas; EUR: 109 riyals 5 halalas; BHD: 109 riyals 5 halalas
KWD: 109 dinars 5 fils; TND: 109 dinars 50 millimes; 1.005 KWD: 1 dinar; 1.005 TND: 1 dinar 5 millimes
English BHD: NotImplementedError" ]
