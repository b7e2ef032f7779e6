#!/bin/sh
# Polars: putting two Decimal columns under each other rounds the second to the decimals of the first.
#
# concat() is strict unless its caller says "vertical_relaxed": it refuses Int32 with Int64, and milliseconds
# with microseconds. One would expect it to refuse Decimal(38,2) with Decimal(38,3) too, or to widen. It
# rounds in silence, half to even, also with vstack(), extend() and in lazy frames. So the sum depends on which
# frame comes first. from_dicts() has the same fault: the first hundred rows set the decimals for all.
#
# It matters where one column has currencies of two and of three decimals: Kuwait's 0.005 under Egypt's 1.05
# is 0.00, and the books lose fils. The same two Parquet files are refused by Polars' own scan and by pyarrow,
# and DuckDB rounds them half up: so the tools that somebody checks with do not agree with each other either.
#
# Seen with polars 2.1.0, pyarrow 26.0.1 and duckdb 2.0.1, as printed below:
#   two decimals first: 1.05 0.00 0.12, sum 1.17; three decimals first: 0.005 0.125 1.050, sum 1.180
#   from_dicts: 0.00 after a hundred amounts of two decimals
#   the same as two files: scan SchemaError, pyarrow ArrowInvalid, DuckDB 1.05 0.01 0.13, sum 1.19
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1

cat > concat.py <<'PY'
from decimal import Decimal

import duckdb
import polars
import pyarrow
import pyarrow.dataset


def frame(decimals, *amounts):
    amounts = [Decimal(amount) for amount in amounts]
    return polars.DataFrame({"amount": polars.Series(amounts, dtype=polars.Decimal(38, decimals))})


def told(amounts):
    return f"{' '.join(map(str, amounts))}, sum {sum(amounts)}"


def refused(what, kind):
    try:
        what()
    except kind as error:
        return type(error).__name__
    raise SystemExit(f"{kind.__name__} is not raised any more")


two, three = frame(2, "1.05"), frame(3, "0.005", "0.125")
for narrow, wide in ((polars.Int32, polars.Int64), (polars.Datetime("ms"), polars.Datetime("us"))):
    rows = [polars.DataFrame({"a": polars.Series([1], dtype=kind)}) for kind in (narrow, wide)]
    refused(lambda: polars.concat(rows), polars.exceptions.SchemaError)

first = polars.concat([two, three])["amount"].to_list()
assert first == two.vstack(three)["amount"].to_list() == two.clone().extend(three)["amount"].to_list()
assert first == polars.concat([two.lazy(), three.lazy()]).collect()["amount"].to_list()
print(f"two decimals first: {told(first)}; "
      f"three decimals first: {told(polars.concat([three, two])['amount'].to_list())}")

rows = [{"amount": Decimal("1.05")}] * 100 + [{"amount": Decimal("0.005")}]
print(f"from_dicts: {polars.from_dicts(rows)['amount'][-1]} after a hundred amounts of two decimals")

two.write_parquet("two.parquet")
three.write_parquet("three.parquet")
files = ["two.parquet", "three.parquet"]
scan = refused(lambda: polars.scan_parquet(files).collect(), polars.exceptions.SchemaError)
arrow = refused(lambda: pyarrow.dataset.dataset(files).to_table(), pyarrow.ArrowInvalid)
duck = duckdb.connect().execute("select amount from read_parquet(['two.parquet', 'three.parquet'])").fetchall()
print(f"the same as two files: scan {scan}, pyarrow {arrow}, DuckDB {told([amount for [amount] in duck])}")
PY
said=$(python/bin/python concat.py)
echo "$said"
[ "$said" = "two decimals first: 1.05 0.00 0.12, sum 1.17; three decimals first: 0.005 0.125 1.050, sum 1.180
from_dicts: 0.00 after a hundred amounts of two decimals
the same as two files: scan SchemaError, pyarrow ArrowInvalid, DuckDB 1.05 0.01 0.13, sum 1.19" ]
