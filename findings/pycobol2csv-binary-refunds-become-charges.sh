#!/bin/sh
# pycobol2csv: in a binary field -0.05 and -1.00 are right, but -99.00 becomes 556.36, a charge.
#
# A signed binary number of COBOL (COMP) is a two's complement of two, four or eight bytes, and its first bit says
# whether it is negative (IBM Enterprise COBOL, "USAGE clause"). This package asks instead whether the first byte is
# FF, which is so for small negative numbers alone. In two bytes that is down to -256, in four down to -16777216.
# Below that the same bits are taken for a positive number. One would expect the amounts that went in, as
# coboljsonifier reads them. Packed numbers (COMP-3) are right in this package. The README offers COMP, and its
# known limitation is the size of files.
#
# It matters as fees and small refunds come out right, and large ones are money received: with two decimals and two
# bytes from -2.57 on, with four bytes from -167772.17 on, as in a day's total of refunds. The count of lines is
# right, and nothing is thrown. Only that they are larger than the picture allows (9999999.99) gives them away.
#
# Seen with pycobol2csv 1.0.6 and coboljsonifier 1.0.8, as printed below:
#   S9(2)V99 COMP: -0.05 is -0.05, -1.00 is -1.0, -2.57 is 652.79, -99.00 is 556.36, 99.00 is 99.0
#   S9(7)V99 COMP: -0.05 is -0.05, -109.00 is -109.0, -167772.17 is 42781900.79, -226040.00 is 42723632.96
#   coboljsonifier: each as it went in
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pycobol2csv==1.0.6 coboljsonifier==1.0.8

cat > config.json <<'JSON'
{"csv_config": {"delimiter": ",", "quote_char": "\"", "quoting_level": 0}}
JSON
cat > binary.py <<'PY'
import csv
import pathlib
from decimal import Decimal

import pycobol2csv
from coboljsonifier.config.parser_type_enum import ParseType
from coboljsonifier.copybookextractor import CopybookExtractor
from coboljsonifier.parser import Parser

here = pathlib.Path.cwd()


def a_line(amount, size):
    return "re_001EGP".encode("cp037") + int(amount * 100).to_bytes(size, "big", signed=True)


def by_pycobol2csv(lines):
    (here / "lines.dat").write_bytes(b"".join(lines))
    (here / "lines.csv").unlink(missing_ok=True)
    pycobol2csv.convert_cobol_file("copybook.cob", "lines.dat", "lines.csv", "config.json", "cp037")
    with open("lines.csv", newline="") as table:
        return [row["AMOUNT"] for row in csv.DictReader(table)]


def by_coboljsonifier(line):
    parser = Parser(CopybookExtractor("copybook.cob").dict_book_structure, ParseType.BINARY_EBCDIC).build()
    parser.parse(line)
    return parser.value["AMOUNT"]


for picture, size, amounts in [
    ("S9(2)V99 COMP", 2, ["-0.05", "-1.00", "-2.57", "-99.00", "99.00"]),
    ("S9(7)V99 COMP", 4, ["-0.05", "-109.00", "-167772.17", "-226040.00"]),
]:
    fields = [("REF", "X(6)"), ("CURRENCY", "X(3)"), ("AMOUNT", picture)]
    book = "       01  LINE-REC.\n" + "".join(f"           05  {name:8}  PIC {pic}.\n" for name, pic in fields)
    (here / "copybook.cob").write_text(book)
    lines = [a_line(Decimal(amount), size) for amount in amounts]
    readings = [f"{amount} is {read}" for amount, read in zip(amounts, by_pycobol2csv(lines), strict=True)]
    print(f"{picture}: {', '.join(readings)}")
    assert [str(by_coboljsonifier(line)) for line in lines] == amounts
print("coboljsonifier: each as it went in")
PY
said=$(python/bin/python binary.py)
echo "$said"
[ "$said" = "S9(2)V99 COMP: -0.05 is -0.05, -1.00 is -1.0, -2.57 is 652.79, -99.00 is 556.36, 99.00 is 99.0
S9(7)V99 COMP: -0.05 is -0.05, -109.00 is -109.0, -167772.17 is 42781900.79, -226040.00 is 42723632.96
coboljsonifier: each as it went in" ]
