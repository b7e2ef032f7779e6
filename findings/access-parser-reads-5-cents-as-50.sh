#!/bin/sh
# access-parser, accessdb-parser: in Access tables 5 cents are $0.50, or 5, and -109.00 is 18446744073708462000.
#
# Access keeps a currency as a signed number of ten-thousandths in eight bytes, and a decimal as a sign, a whole
# number, and its column's scale (mdbtools' HACKING file). access-parser puts the point four digits from the right of
# a currency's text, and 0.05 has only three: "500" becomes ".500". Without the property Format, which other
# programs than Access leave out, it puts no point at all. In a decimal it leaves the point out if there are not more
# digits than the scale. accessdb-parser, made after it for JavaScript, leaves out every point and sign. One would
# expect what mdb-reader gives. No README speaks of amounts; access-parser's says that it was tested on few files.
#
# It matters as old tills and books are kept so. Larger amounts are right, so the sales of a book agree, while small
# fees, and what is left of a voucher, are ten or a hundred times as much. And 0.05 and 0.50 look the same.
#
# Seen with access-parser 0.0.6, accessdb-parser 1.0.1 and mdb-reader 3.2.0 (npm), as printed below, for four rows: a
# currency; the same with Format "$#,##0.00;($#,##0.00)"; and a decimal of scale 2. (mdbtools 1.0.0 reads this file
# like mdb-reader.)
#   mdb-reader: 226.0400 -109.0000 0.0500 0.5000; 226.0400 -109.0000 0.0500 0.5000; 226.04 -1.05 0.05 -0.50
#   access-parser: 2260400 -1090000 500 5000; $226.04 $-109.00 $0.50 $0.50; 226.04 -1.05 5 -50
#   accessdb-parser: 2260400 18446744073708462000 500 5000; 2260400 18446744073708462000 500 5000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check access-parser==0.0.6
npm install --silent --no-audit --no-fund --prefix . accessdb-parser@1.0.1 mdb-reader@3.2.0 > /dev/null

# Writes a file of Access 2000 (Jet 4): pages of 4096 bytes, each a table's definition, or its rows.
cat > write.py <<'PY'
import struct

PAGE = 4096
INTEGER, LONG, CURRENCY, TEXT, OLE, DECIMAL = 3, 4, 5, 10, 11, 16
CATALOG, REFUNDS = 2, 4  # the pages of their definitions; the rows are in the next one
MAPS = 6  # the page that says which pages are whose
PLAIN, ENGLISH, TWO_DECIMALS = bytes(4), struct.pack("<HH", 0x0409, 0), bytes([18, 2, 0, 0])
ROWS = [("re_1", 2260400, 22604), ("re_2", -1090000, -105), ("re_3", 500, 5), ("re_4", 5000, -50)]


def hidden(length):
    """Zeros, as Jet hides the rest of its header: by RC4 with a known key."""
    key, box, other = bytes.fromhex("c7da396b"), list(range(256)), 0
    for one in range(256):
        other = (other + box[one] + key[one % 4]) % 256
        box[one], box[other] = box[other], box[one]
    one = other = 0
    for _ in range(length):
        one = (one + 1) % 256
        other = (other + box[one]) % 256
        box[one], box[other] = box[other], box[one]
        yield box[(box[one] + box[other]) % 256]


def text(string):
    return string.encode("utf-16-le")


def definition(columns, rows, maps):
    """Columns are (name, type, length, place among those of fixed length or None, detail of the type)."""
    body, variable = b"", 0
    for number, (_, kind, length, place, detail) in enumerate(columns):
        flags = 2 + (place is not None)
        body += struct.pack(
            "<BIHHH4sBBIHH", kind, 0, number, variable, number, detail, flags, 0, 0, place or 0, length
        )
        variable += place is None
    for name, *_ in columns:
        body += struct.pack("<H", len(text(name))) + text(name)
    body += b"\xff\xff"
    count, size = len(columns), 63 + len(body)
    page = struct.pack("<2sHIIII", b"\2\1", PAGE - size, 0, size, 0, rows)
    page += struct.pack("<20xBHHHII", 0x4E, count, variable, count, 0, 0)
    page += struct.pack("<II", MAPS << 8 | maps, MAPS << 8 | maps + 1)
    return (page + body).ljust(PAGE, b"\0")


def row(columns, fixed, *variable):
    record, places = struct.pack("<H", columns) + fixed, []
    for value in variable:
        places.append(len(record))
        record += value
    for place in [len(record), *reversed(places)]:
        record += struct.pack("<H", place)
    return record + struct.pack("<HB", len(variable), 0xFF)


def data(owner, *records):
    places, end = b"", PAGE
    for record in records:
        end -= len(record)
        places += struct.pack("<H", end)
    head = struct.pack("<2sHIIH", b"\1\1", end - 14 - len(places), owner, 0, len(records)) + places
    return head.ljust(end, b"\0") + b"".join(reversed(records))


def used(*pages):
    return struct.pack("<BI", 0, 0) + sum(1 << page for page in pages).to_bytes(64, "little")


def shown_as(column, form):
    """A table's properties: the Format of one column."""
    name, column, form = text("Format"), text(column), text(form)
    value = struct.pack("<HBBHH", 8 + len(form), 1, TEXT, 0, len(form)) + form
    values = struct.pack("<IH", 6 + len(column), len(column)) + column + value
    properties = b"MR2\0" + struct.pack("<IHH", 8 + len(name), 0x80, len(name)) + name
    properties += struct.pack("<IH", 6 + len(values), 1) + values
    return struct.pack("<III", 1 << 31 | len(properties), 0, 0) + properties


def decimal(units):
    return struct.pack("<BIIII", 0x80 * (units < 0), 0, 0, 0, abs(units))


objects = [
    ("Id", LONG, 4, 0, PLAIN), ("Type", INTEGER, 2, 4, PLAIN), ("Flags", LONG, 4, 6, PLAIN),
    ("Name", TEXT, 510, None, ENGLISH), ("LvProp", OLE, 0, None, PLAIN),
]
refunds = [
    ("ref", TEXT, 40, None, ENGLISH), ("amount", CURRENCY, 8, 0, PLAIN), ("shown", CURRENCY, 8, 8, PLAIN),
    ("fee", DECIMAL, 17, None, TWO_DECIMALS),
]
pages = [
    (b"\0\1\0\0Standard Jet DB\0" + struct.pack("<I", 1) + bytes(hidden(128))).ljust(PAGE, b"\0"),
    data(0, used(*range(7))),
    definition(objects, 2, 0),
    data(
        CATALOG,
        row(5, struct.pack("<IHI", CATALOG, 1, 1 << 31), text("MSysObjects"), b""),
        row(5, struct.pack("<IHI", REFUNDS, 1, 0), text("refunds"), shown_as("shown", "$#,##0.00;($#,##0.00)")),
    ),
    definition(refunds, len(ROWS), 2),
    data(REFUNDS, *(row(4, struct.pack("<qq", paid, paid), text(ref), decimal(fee)) for ref, paid, fee in ROWS)),
    data(0, used(CATALOG + 1), used(), used(REFUNDS + 1), used()),
]
with open("book.mdb", "wb") as file:
    file.write(b"".join(pages))
PY
python/bin/python write.py

cat > read.py <<'PY'
from access_parser import AccessParser

table = AccessParser("book.mdb").parse_table("refunds")
print("access-parser: " + "; ".join(" ".join(map(str, table[name])) for name in ("amount", "shown", "fee")))
PY

cat > read.mjs <<'JS'
import { readFileSync } from "node:fs";
import accessdb from "accessdb-parser";
import MDBReader from "mdb-reader";

const tell = (reader, rows, names) =>
    console.log(`${reader}: ${names.map((name) => rows.map((row) => row[name]).join(" ")).join("; ")}`);

const file = readFileSync("book.mdb");
if (process.argv[2] === "mdb-reader") {
    tell("mdb-reader", new MDBReader(file).getTable("refunds").getData(), ["amount", "shown", "fee"]);
} else {
    const { fields, lines } = new accessdb.AccessParser(file).parseTable("refunds");
    const rows = lines.map((line) => Object.fromEntries(line.map((value, at) => [fields[at], value])));
    tell("accessdb-parser", rows, ["amount", "shown"]); // of a decimal it gives the bytes
}
JS
said=$(
    node read.mjs mdb-reader
    python/bin/python read.py
    node read.mjs accessdb-parser
)
echo "$said"
[ "$said" = "mdb-reader: 226.0400 -109.0000 0.0500 0.5000; 226.0400 -109.0000 0.0500 0.5000; 226.04 -1.05 0.05 -0.50
access-parser: 2260400 -1090000 500 5000; \$226.04 \$-109.00 \$0.50 \$0.50; 226.04 -1.05 5 -50
accessdb-parser: 2260400 18446744073708462000 500 5000; 2260400 18446744073708462000 500 5000" ]
