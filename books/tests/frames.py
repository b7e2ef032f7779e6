"""Adds up journals as others read them: frames.py < QUESTIONS, one JSON object on standard input.

A question names a file, days, and readers. The answer has the sums of every reader before each day:
debits less credits of every account and currency, in major and in minor units. A question with `alter`
is about the same file with one posting of that currency changed by one minor unit. A question with `same`
names two files, and is answered with the cells in which they differ.
"""

import csv
import json
import sys
import tempfile
from collections import Counter
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet

COLUMNS = ["debit", "credit", "currency", "amount", "amountMinor"]


def sums_of(rows):
    """The sums of rows that have the columns above."""
    major, minor = Counter(), Counter()
    for debit, credit, currency, amount, in_minor in rows:
        for account, sign in (debit, 1), (credit, -1):
            major[account, currency] += sign * Decimal(amount)
            minor[account, currency] += sign * int(in_minor)
    return [
        [account, currency, format(sum_.normalize(), "f"), minor[account, currency]]
        for (account, currency), sum_ in sorted(major.items())
        if sum_ or minor[account, currency]
    ]


def in_duckdb(file, day):
    """DuckDB adds up by itself, in its own decimals."""
    reader = "read_parquet" if file.endswith(".parquet") else "read_csv"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    of_csv = "" if reader == "read_parquet" else ", types = {'amount': 'DECIMAL(38, 3)'}"
    rows = connection.execute(
        f"""
        WITH entries AS (
            SELECT * FROM {reader}('{file}'{of_csv}) WHERE effectiveAt < TIMESTAMPTZ '{day} 00:00:00+00'
        ), sides AS (
            SELECT debit AS account, currency, amount, amountMinor FROM entries
            UNION ALL SELECT credit, currency, -amount, -amountMinor FROM entries
        )
        SELECT account, currency, CAST(sum(amount) AS VARCHAR), CAST(sum(amountMinor) AS VARCHAR)
        FROM sides GROUP BY ALL HAVING sum(amount) <> 0 OR sum(amountMinor) <> 0 ORDER BY ALL
        """
    ).fetchall()
    return [[a, c, format(Decimal(s).normalize(), "f"), int(m)] for a, c, s, m in rows]


def in_pandas(file, day):
    if file.endswith(".parquet"):
        frame = pandas.read_parquet(file)
        moments = frame["effectiveAt"]
        assert str(moments.dtype) == "datetime64[ms, UTC]", moments.dtype
        before = moments < pandas.Timestamp(day, tz="UTC")
    else:
        frame = pandas.read_csv(file, dtype=str)
        before = frame["effectiveAt"] < day
    return sums_of(frame[before][COLUMNS].itertuples(index=False))


def in_polars(file, day):
    """Polars adds up by itself, in its own decimals."""
    if file.endswith(".parquet"):
        frame = polars.scan_parquet(file)
        moment = polars.lit(datetime.fromisoformat(day).replace(tzinfo=timezone.utc))
        assert frame.collect_schema()["effectiveAt"] == polars.Datetime("ms", "UTC")
        assert isinstance(frame.collect_schema()["amount"], polars.Decimal)
        before = frame.filter(polars.col("effectiveAt") < moment)
    else:
        frame = polars.scan_csv(file, schema_overrides={"amount": polars.Decimal(38, 3)})
        before = frame.filter(polars.col("effectiveAt").cast(polars.String) < day)
    sides = [
        before.select(
            polars.col(side).alias("account"),
            "currency",
            polars.col("amount") * sign,
            polars.col("amountMinor") * sign,
        )
        for side, sign in (("debit", 1), ("credit", -1))
    ]
    sums = polars.concat(sides).group_by("account", "currency").sum().collect()
    return sorted(
        [account, currency, format(amount.normalize(), "f"), minor]
        for account, currency, amount, minor in sums.rows()
        if amount or minor
    )


def in_csv(file, day):
    """Python's own reader in its strict mode."""
    with open(file, newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines, strict=True)
        return sums_of([row[name] for name in COLUMNS] for row in rows if row["effectiveAt"] < day)


READERS = {"csv": in_csv, "duckdb": in_duckdb, "pandas": in_pandas, "polars": in_polars}


def altered(file, code, folder):
    """The file with the first posting in a currency larger by one minor unit."""
    copy = str(Path(folder) / Path(file).name)
    if file.endswith(".csv"):
        with open(file, newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines, strict=True))
    else:
        table = pyarrow.parquet.read_table(file)
        rows = table.to_pylist()
    row = next(row for row in rows if row["currency"] == code)
    decimals = {"JPY": 0, "EGP": 2, "KWD": 3}[code]
    row["amount"] = type(row["amount"])(Decimal(row["amount"]) + Decimal(1).scaleb(-decimals))
    row["amountMinor"] = type(row["amountMinor"])(int(row["amountMinor"]) + 1)
    if file.endswith(".csv"):
        with open(copy, "w", newline="", encoding="utf-8") as lines:
            to = csv.DictWriter(lines, rows[0].keys())
            to.writeheader()
            to.writerows(rows)
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), copy)
    return copy


def differences(parquet, table):
    """The cells of a Parquet file that are not those of the same table as CSV, and how many rows it has."""
    rows = pyarrow.parquet.read_table(parquet).to_pylist()
    with open(table, newline="", encoding="utf-8") as lines:
        texts = list(csv.DictReader(lines, strict=True))
    different = []
    for row, text in zip(rows, texts, strict=True):
        assert list(row) == list(text)
        for name, value in row.items():
            cell = text[name]
            if isinstance(value, datetime):
                alike = value.isoformat(timespec="milliseconds").replace("+00:00", "Z") == cell
            elif isinstance(value, (Decimal, int)):
                alike = type(value)(cell) == value
            else:
                alike = cell.removeprefix("'") == (value or "")
            if not alike:
                different.append([name, str(value), cell])
    return {"rows": len(rows), "different": different}


def answer(question):
    if "same" in question:
        return differences(*question["same"])
    with tempfile.TemporaryDirectory() as folder:
        file = question["file"]
        if "alter" in question:
            file = altered(file, question["alter"], folder)
        return {
            reader: [READERS[reader](file, day) for day in question["days"]]
            for reader in question["readers"]
        }


json.dump([answer(question) for question in json.load(sys.stdin)["questions"]], sys.stdout)
