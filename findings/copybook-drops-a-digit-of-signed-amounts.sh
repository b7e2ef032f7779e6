#!/bin/sh
# copybook: an amount with a sign of its own loses a digit: a refund of -109.00 is read as -10.00.
#
# Banks' and acquirers' settlement files of fixed width are described by COBOL copybooks. In S9(7)V99 SIGN LEADING
# SEPARATE the sign is one more character, before seven digits and two decimals; the V is the point and takes
# none (IBM Enterprise COBOL, "SIGN clause"). This package counts the sign when it tells where a field ends.
# But its parse() takes the first seven characters for the whole part, sign and six digits, and the last two for the
# decimals; the digit between them is lost. One would expect -109.00. The README shows just such a field with
# parse(), but not what it prints. Their issue about it has been open since 2024.
#
# It matters as the result always looks like money: about a tenth, with the right cents. Amounts without a sign are
# right, and so are whole numbers with one. So a file's charges may agree while its refunds, which need the sign,
# do not, and anything below 10.00 becomes mere cents. Take float() of all the digits with their sign, and
# divide by 10 to the power of field.precision.
#
# Seen with copybook 1.0.16, as printed below:
#   S9(7)V99 SIGN LEADING SEPARATE: +000022604 is 22.04, -000010900 is -10.0, -000000905 is -0.05
#   S9(9) SIGN LEADING SEPARATE: +000022604 is 22604, -000010900 is -10900, -000000905 is -905
#   9(7)V99: 000022604 is 226.04, 000010900 is 109.0, 000000905 is 9.05
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check copybook==1.0.16

cat > amounts.py <<'PY'
import copybook

SIGNED = ["+000022604", "-000010900", "-000000905"]
UNSIGNED = ["000022604", "000010900", "000000905"]

for picture, amounts in [
    ("S9(7)V99 SIGN LEADING SEPARATE", SIGNED),
    ("S9(9) SIGN LEADING SEPARATE", SIGNED),
    ("9(7)V99", UNSIGNED),
]:
    book = f"       01  LINE.\n        05  REF     PIC X(6).\n        05  AMOUNT  PIC {picture}.\n"
    _, amount = (field for field in copybook.parse_string(book).flatten() if isinstance(field, copybook.Field))
    readings = []
    for text in amounts:
        line = "re_001" + text
        there = line[amount.start_pos:amount.start_pos + amount.get_total_length()]
        assert there == text
        readings.append(f"{text} is {amount.parse(there)}")
    print(f"{picture}: {', '.join(readings)}")
PY
said=$(python/bin/python amounts.py)
echo "$said"
[ "$said" = "S9(7)V99 SIGN LEADING SEPARATE: +000022604 is 22.04, -000010900 is -10.0, -000000905 is -0.05
S9(9) SIGN LEADING SEPARATE: +000022604 is 22604, -000010900 is -10900, -000000905 is -905
9(7)V99: 000022604 is 226.04, 000010900 is 109.0, 000000905 is 9.05" ]
