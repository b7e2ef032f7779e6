#!/bin/sh
# avro (Apache's own, Python): Decimal("-109") in a decimal column of two digits is written as -1.09.
#
# A decimal in Avro is a whole number, and the schema's scale says where its point is: the value is that number
# times 10 ^ -scale (Avro's specification, "Decimal"). So -109 has to be written as -10900 where the scale is 2.
# This package writes the digits that the Decimal happens to have and never looks at its exponent: -109 becomes
# -1.09, 109.5 is 10.95, and 100 that was normalized (1E+2) is 0.01. More digits than the scale are refused, so
# one would expect fewer to be filled up with zeros, or refused as well. fastavro fills them up. The package's
# documentation does not speak of it.
#
# It matters as amounts lose their zeros easily: Decimal(10900) / 100 is 109, and JSON may say 109.5. Then some
# amounts of a column are right, others are a tenth or a hundredth, and all of them look like money. Use
# quantize(Decimal("0.01")) first, or write minor units as a long.
#
# Seen with avro 1.12.2 and fastavro 1.13.1, as printed below: what went in, and what each wrote
#   226.04: avro 226.04, fastavro 226.04
#   -109: avro -1.09, fastavro -109.00
#   109.5: avro 10.95, fastavro 109.50
#   1E+2: avro 0.01, fastavro 100.00
#   1.005: avro refuses, fastavro refuses
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check avro==1.12.2 fastavro==1.13.1

cat > decimals.py <<'PY'
import io
import json
from decimal import Decimal

import avro.datafile
import avro.errors
import avro.io
import avro.schema
import fastavro

SCHEMA = {
    "type": "record",
    "name": "Refund",
    "fields": [
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
    ],
}


def by_avro(amount):
    file = io.BytesIO()
    writer = avro.datafile.DataFileWriter(file, avro.io.DatumWriter(), avro.schema.parse(json.dumps(SCHEMA)))
    writer.append({"amount": amount})
    writer.flush()
    return file.getvalue()


def by_fastavro(amount):
    file = io.BytesIO()
    fastavro.writer(file, SCHEMA, [{"amount": amount}])
    return file.getvalue()


def written(write, amount):
    try:
        file = write(amount)
    except (avro.errors.AvroException, ValueError):
        return "refuses"
    # Both read what is in a file alike, so either may look.
    ours = next(fastavro.reader(io.BytesIO(file)))["amount"]
    theirs = next(avro.datafile.DataFileReader(io.BytesIO(file), avro.io.DatumReader()))["amount"]
    assert ours == theirs
    return ours


for amount in ["226.04", "-109", "109.5", "1E+2", "1.005"]:
    amount = Decimal(amount)
    print(f"{amount}: avro {written(by_avro, amount)}, fastavro {written(by_fastavro, amount)}")
PY
said=$(python/bin/python decimals.py)
echo "$said"
[ "$said" = "226.04: avro 226.04, fastavro 226.04
-109: avro -1.09, fastavro -109.00
109.5: avro 10.95, fastavro 109.50
1E+2: avro 0.01, fastavro 100.00
1.005: avro refuses, fastavro refuses" ]
