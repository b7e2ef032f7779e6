#!/bin/sh
# swiftlib: a refund of 109.00 dollars in an MT103 is ordered as 85.00 euros in the pain.001 that it is converted to.
#
# An MT103 has two amounts. 33B is what the customer ordered, and goes through the chain of banks unchanged; 32A is what
# two banks settle, after the exchange (36) and less the fees that the receiver pays (71F). In pain.001 InstdAmt is what
# is ordered, "before deduction of charges" and in the customer's currency (ISO 20022's Message Definition
# Report). This package's converter takes 32A for it, and its currency, and keeps the word that the receiver pays the
# fees. One would expect 109.00 dollars, or a refusal. Where there is no 33B, or neither fee nor exchange, the two are
# the same. The README lists the converters and names no limits of theirs.
#
# It matters as a pain.001 is an order: whoever repeats returned refunds with it sends less, and the fees are taken off
# a second time. The order is well formed, its control sum fits, and the reference is the same. Read
# get_field_value("33B") first, and do not convert where it differs from 32A.
#
# Seen with swiftlib 1.0.1 (Python), as printed below:
#   without exchange: ordered 109.00 EUR, settled 109.00 EUR; pain.001 109.00 EUR, CtrlSum 109.00, SHAR
#   with fees: ordered 109.00 EUR, settled 104.00 EUR; pain.001 104.00 EUR, CtrlSum 104.00, CRED
#   with exchange and fees: ordered 109.00 USD, settled 85.00 EUR; pain.001 85.00 EUR, CtrlSum 85.00, CRED
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check swiftlib==1.0.1

cat > convert.py <<'PY'
from lxml import etree
from swiftlib.converters import MT103ToPain001Converter
from swiftlib.mt import parse

MESSAGE = """{{1:F01BANKBEBBAXXX0000000000}}{{2:I103BANKDEFFXXXXU}}{{4:
:20:REFUND1
:23B:CRED
:32A:240102{settled}
:33B:{ordered}
{exchange}:50K:/DE89370400440532013000
A SHOP
:59:/FR1420041010050500013M02606
A CUSTOMER
:70:A REFUND
:71A:{bearer}
{fees}-}}"""


def amount(swift):
    return f"{swift[3:].replace(',', '.')} {swift[:3]}"


for name, ordered, settled, exchange, bearer, fees in (
    ("without exchange", "EUR109,00", "EUR109,00", "", "SHA", ""),
    ("with fees", "EUR109,00", "EUR104,00", "", "BEN", ":71F:EUR5,00\n"),
    ("with exchange and fees", "USD109,00", "EUR85,00", ":36:0,8257\n", "BEN", ":71F:EUR5,00\n"),
):
    message = parse(MESSAGE.format(ordered=ordered, settled=settled, exchange=exchange, bearer=bearer, fees=fees))
    assert message.get_field_value("33B") == ordered
    xml = MT103ToPain001Converter().convert(message).to_xml()
    tree = etree.fromstring(xml if isinstance(xml, bytes) else xml.encode())
    [instructed] = tree.iter("{*}InstdAmt")
    told = {tag: next(tree.iter(f"{{*}}{tag}")).text for tag in ("CtrlSum", "ChrgBr")}
    print(
        f"{name}: ordered {amount(ordered)}, settled {amount(settled)}; pain.001 {instructed.text} "
        f"{instructed.get('Ccy')}, CtrlSum {told['CtrlSum']}, {told['ChrgBr']}"
    )
PY
said=$(python/bin/python convert.py)
echo "$said"
[ "$said" = "without exchange: ordered 109.00 EUR, settled 109.00 EUR; pain.001 109.00 EUR, CtrlSum 109.00, SHAR
with fees: ordered 109.00 EUR, settled 104.00 EUR; pain.001 104.00 EUR, CtrlSum 104.00, CRED
with exchange and fees: ordered 109.00 USD, settled 85.00 EUR; pain.001 85.00 EUR, CtrlSum 85.00, CRED" ]
