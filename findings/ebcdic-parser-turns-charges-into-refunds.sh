#!/bin/sh
# ebcdic-parser: in a signed zoned field each positive amount comes out negative: +226.04 is -226.04.
#
# Mainframes write a number's digits as characters, and a signed one's sign into the upper half of its last byte:
# C is plus, D is minus, F is unsigned, which is positive too (IBM Enterprise COBOL, "Sign representation of zoned
# and packed-decimal data"). This package takes whatever is not F for a minus. So it is right for D, and for F, and
# wrong for C, which is what COBOL itself writes into every S9(7)V99. One would expect 226.04, as coboljsonifier
# reads it, and as this package reads the same number when it is packed (COMP-3). The release notes say that
# sign parsing was added to the decimal type, and nothing of C.
#
# It matters as banks' and processors' settlement files come like this: charges and refunds stand in one signed
# column, and here all are refunds. Nothing is refused. A test with refunds alone does not show it, nor one whose
# positive amounts have F. Let it read the field as text, and decode the last byte oneself.
#
# Seen with ebcdic-parser 3.4.0 and coboljsonifier 1.0.8, as printed below: sign, zoned and packed
#   -109.00 with D: ebcdic-parser -109.0 and -109.0, coboljsonifier -109.00 and -109.00
#   226.04 with C: ebcdic-parser -226.04 and 226.04, coboljsonifier 226.04 and 226.04
#   226.04 with F: ebcdic-parser 226.04 and 226.04, coboljsonifier 226.04 and 226.04
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check ebcdic-parser==3.4.0 coboljsonifier==1.0.8

cat > copybook.cob <<'COB'
       01  LINE-REC.
           05  ZONED   PIC S9(7)V99.
           05  PACKED  PIC S9(7)V99 COMP-3.
COB
cat > layout.json <<'JSON'
{"description": "a settlement file", "layouts": [{"layouttype": "line", "layout": [
  {"name": "zoned", "type": "zonedDecimal", "size": 9, "scale": 2},
  {"name": "packed", "type": "packedDecimal", "size": 5, "scale": 2}
]}]}
JSON
cat > signs.py <<'PY'
import pathlib
import subprocess
import sys

from coboljsonifier.config.parser_type_enum import ParseType
from coboljsonifier.copybookextractor import CopybookExtractor
from coboljsonifier.parser import Parser

LINES = [("-109.00", 10900, "D"), ("226.04", 22604, "C"), ("226.04", 22604, "F")]
here = pathlib.Path.cwd()


def a_line(cents, sign):
    digits = f"{cents:09}"
    zoned = "".join("F" + digit for digit in digits[:-1]) + sign + digits[-1]
    return bytes.fromhex(zoned + digits + sign)


def by_ebcdic_parser():
    (here / "out").mkdir()
    (here / "lines.dat").write_bytes(b"".join(a_line(cents, sign) for _, cents, sign in LINES))
    paths = {"inputfile": "lines.dat", "outputfolder": "out", "layoutfile": "layout.json", "logfolder": ""}
    options = [text for name, path in paths.items() for text in ("--" + name, str(here / path))]
    subprocess.run([sys.executable, "-m", "ebcdic_parser", *options], check=True, stdout=subprocess.DEVNULL)
    [table] = (here / "out").iterdir()
    return [line.split("\t")[:2] for line in table.read_text().splitlines()]


def by_coboljsonifier(cents, sign):
    parser = Parser(CopybookExtractor("copybook.cob").dict_book_structure, ParseType.BINARY_EBCDIC).build()
    parser.parse(a_line(cents, sign))
    return parser.value


for (amount, cents, sign), (zoned, packed) in zip(LINES, by_ebcdic_parser(), strict=True):
    other = by_coboljsonifier(cents, sign)
    print(f"{amount} with {sign}: ebcdic-parser {zoned} and {packed}, "
          f"coboljsonifier {other['ZONED']} and {other['PACKED']}")
PY
said=$(python/bin/python signs.py)
echo "$said"
[ "$said" = "-109.00 with D: ebcdic-parser -109.0 and -109.0, coboljsonifier -109.00 and -109.00
226.04 with C: ebcdic-parser -226.04 and 226.04, coboljsonifier 226.04 and 226.04
226.04 with F: ebcdic-parser 226.04 and 226.04, coboljsonifier 226.04 and 226.04" ]
