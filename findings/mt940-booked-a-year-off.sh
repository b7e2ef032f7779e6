#!/bin/sh
# mt940js, mt940-js, @centrapay/swift-parser: what is booked across New Year has an entry date a year off.
#
# Field 61 of MT940 and MT942 has the value date with its year (YYMMDD) and the entry date without (MMDD). The
# year has to be inferred: it is the one in which the two days are next to each other. Three npm packages take the
# value date's year, so value 29 December 2023 and entry 2 January becomes an entry of January 2023, and value
# 2 January 2024 and entry 29 December one of the coming December. One would expect 2024-01-02 and 2023-12-29.
# The Python package camt053-loader-mt942 has the fault as well; its author's camt053-loader-mt940 infers the year,
# and so does mt-940. No README speaks of it.
#
# It matters for the days around every 1 January, when shops refund most: lines are missing in the period that
# is compared with the bank, and appear in one that was closed a year ago or in one that has not come yet.
#
# Seen with mt940js 1.3.5, mt940-js 1.0.0, @centrapay/swift-parser 1.0.1 (npm), camt053-loader-mt942 0.0.23,
# camt053-loader-mt940 0.0.23 and mt-940 5.1.1 (Python), as printed below, value date and entry date:
#   mt940js: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
#   mt940-js: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
#   swift-parser: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
#   camt053-loader-mt942: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
#   camt053-loader-mt940: 2023-12-29 2024-01-02, 2024-01-02 2023-12-29
#   mt-940: 2023-12-29 2024-01-02, 2024-01-02 2023-12-29
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# mt940-js needs tslib and does not say so.
npm install --silent --no-audit --no-fund \
    mt940js@1.3.5 mt940-js@1.0.0 tslib@2.9.1 @centrapay/swift-parser@1.0.1 > /dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check \
    mt-940==5.1.1 camt053-loader-mt940==0.0.23 camt053-loader-mt942==0.0.23 camt053==0.0.23

cat > statement.sta <<'STA'
:20:STATEMENT1
:25:NL00BANK0000000001
:28C:1
:60F:C231229EUR100,00
:61:2312290102C20,00NTRFSALE//BANK1
:86:a sale
:61:2401021229D10,00NTRFREFUND//BANK2
:86:a refund
:62F:C240102EUR110,00
STA

cat > days.cjs <<'JS'
const { readFileSync } = require("node:fs");
const { Parser } = require("mt940js");
const { read } = require("mt940-js");
const { parse } = require("@centrapay/swift-parser");

// mt940-js has the days as texts, the others as moments in UTC.
const day = (date) => (date instanceof Date ? date.toISOString() : date).slice(0, 10);
const tell = (name, days) => console.log(`${name}: ${days.map((pair) => pair.map(day).join(" ")).join(", ")}`);

(async () => {
  const file = readFileSync("statement.sta");
  const [one] = new Parser().parse(file.toString("latin1"));
  tell("mt940js", one.transactions.map(({ date, entryDate }) => [date, entryDate]));
  const [third] = parse({ type: "mt940", data: file.toString("latin1") });
  const [other] = await read(file);
  tell("mt940-js", other.transactions.map(({ valueDate, entryDate }) => [valueDate, entryDate]));
  tell("swift-parser", third.transactions.map(({ date, entryDate }) => [date, entryDate]));
})();
JS
cat > days.py <<'PY'
import re

import camt053_loader_mt940
import camt053_loader_mt942
import mt940

text = open("statement.sta").read()
interim = re.sub(r":60F:.*", ":34F:EUR0,\n:13D:2401021200+0100", text)
interim = re.sub(r":62F:.*", ":90D:1EUR10,00\n:90C:1EUR20,00", interim)
for name, document in (
    ("camt053-loader-mt942", camt053_loader_mt942.parse_mt942(interim)),
    ("camt053-loader-mt940", camt053_loader_mt940.parse_mt940(text)),
):
    [statement] = document.statements
    print(f"{name}:", ", ".join(f"{entry.value_date} {entry.booking_date}" for entry in statement.entries))
lines = mt940.parse("statement.sta")
print("mt-940:", ", ".join(f"{line.data['date']} {line.data['entry_date']}" for line in lines))
PY
said=$(node days.cjs; python/bin/python days.py)
echo "$said"
[ "$said" = "mt940js: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
mt940-js: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
swift-parser: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
camt053-loader-mt942: 2023-12-29 2023-01-02, 2024-01-02 2024-12-29
camt053-loader-mt940: 2023-12-29 2024-01-02, 2024-01-02 2023-12-29
mt-940: 2023-12-29 2024-01-02, 2024-01-02 2023-12-29" ]
