#!/bin/sh
# Polars: a moment in a column becomes another moment, an hour off, when Python takes it out.
#
# Polars carries rules of its own for time zones, which are those of 2025. Python has those of the package
# tzdata. In 2026 Morocco left +01 for +00, and Vancouver, Edmonton and Winnipeg stayed on summer time. For
# these, to_list(), rows() and [0] compute the wall clock with the old rule and hand it out with a zone that
# follows the new rule: one instant goes in, another comes out. The same column by to_arrow() is right.
# One would expect what goes through a list to be equal to what was put in; no newer Polars is published.
#
# It matters for the day that a sale belongs to: the last half hour of November in Casablanca is December by
# Polars and November by Python and DuckDB, and what Polars hands to Python is the wrong instant as well. A
# receipt, a value date or a cut-off computed from it differs from the ledger's, in whole days at the edge.
#
# Seen with polars 2.1.0, tzdata 2026.6 (2026f) and duckdb 2.0.1 for 2026-11-30T23:30Z in Africa/Casablanca
# and 2026-12-01T07:30Z in America/Vancouver, as printed below:
#   Casablanca: Polars 2026-12-01, Python 2026-11-30, DuckDB 2026-11-30; taken out: 1:00:00 too late
#   Vancouver: Polars 2026-11-30, Python 2026-12-01, DuckDB 2026-12-01; taken out: 1:00:00 too early
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 tzdata==2026.6 duckdb==2.0.1

cat > moment.py <<'PY'
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb
import polars

for zone, moment in (
    ("Africa/Casablanca", datetime(2026, 11, 30, 23, 30, tzinfo=timezone.utc)),
    ("America/Vancouver", datetime(2026, 12, 1, 7, 30, tzinfo=timezone.utc)),
):
    column = polars.Series([moment]).dt.convert_time_zone(zone)
    [[elsewhere]] = duckdb.connect().execute(
        f"select cast(timestamptz '{moment:%Y-%m-%d %H:%M}+00' at time zone '{zone}' as date)"
    ).fetchall()
    [taken] = column.to_list()
    assert taken == column[0] == column.to_frame().rows()[0][0]
    off = taken.astimezone(timezone.utc) - moment
    print(
        f"{zone.split('/')[1]}: Polars {column.dt.date()[0]}, Python {moment.astimezone(ZoneInfo(zone)).date()}, "
        f"DuckDB {elsewhere}; taken out: {abs(off)} too {'late' if off > timedelta() else 'early'}"
    )
PY
# Without the machine's own files Python has the rules of the package, whatever the machine's age.
said=$(PYTHONTZPATH='' python/bin/python moment.py)
echo "$said"
[ "$said" = "Casablanca: Polars 2026-12-01, Python 2026-11-30, DuckDB 2026-11-30; taken out: 1:00:00 too late
Vancouver: Polars 2026-11-30, Python 2026-12-01, DuckDB 2026-12-01; taken out: 1:00:00 too early" ]
