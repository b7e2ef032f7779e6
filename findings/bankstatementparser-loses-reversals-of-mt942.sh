#!/bin/sh
# bankstatementparser-loader-mt942: what the bank took back (RC, RD) is left out, and its text stands at another line.
#
# In SWIFT's interim report MT942 a line is marked C, D, RC (a credit reversed), RD (a debit reversed), EC or ED (one
# that is expected), and may have the currency's third letter before the amount (Category 9's Message Reference Guide,
# field 61, subfields 3 and 4). This loader knows a lone C or D. It skips each other line and says nothing; the line's
# text, field 86, then replaces that of the last line that was read. One would expect each line,
# or an error. The README says that a malformed line is skipped, but these are not malformed. Nor is the number of
# lines compared with fields 90C and 90D of the same report, although summarize_mt942() reads both.
#
# It matters to whoever follows the day's account: the sale stays, its reversal is gone, and the sale is described as
# what took it back. One who looks for words like "returned" finds the wrong amount and the wrong reference.
#
# Seen with bankstatementparser-loader-mt942 0.0.28, and swiftmessageparser 1.2.1 (npm), as printed below, for a sale of
# 20.00 and a second line:
#   C: the loader 20.00 a sale, 5.00 the second; swiftmessageparser 20 a sale, 5 the second
#   RC: the loader 20.00 the second; swiftmessageparser 20 a sale, -5 the second
#   RD: the loader 20.00 the second; swiftmessageparser 20 a sale, 5 the second
#   CR: the loader 20.00 the second; swiftmessageparser 20 a sale, 5 the second
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check \
    bankstatementparser-loader-mt942==0.0.28 bankstatementparser==0.0.29
npm install --silent --no-audit --no-fund --prefix . swiftmessageparser@1.2.1 > /dev/null

cat > read.py <<'PY'
from bankstatementparser_loader_mt942 import load_mt942, summarize_mt942

with open("report.txt") as file:
    report = file.read()
counted = summarize_mt942(report)
assert (counted.credit_count or 0) + (counted.debit_count or 0) == 2
print(", ".join(f"{line.amount} {line.description}" for line in load_mt942(report)))
PY
cat > read.cjs <<'JS'
const data = require("node:fs").readFileSync("report.txt", "utf8");
const [report] = require("swiftmessageparser").parse({ type: "mt942", data });
console.log(report.transactions.map(({ amount, details }) => `${amount} ${details}`).join(", "));
JS
read_report() {
    # $1 is the second line's mark, with the currency's third letter if there is one, $2 are the totals.
    cat > report.txt <<END
:20:REPORT1
:25:NL00BANK0000000001
:28C:1/1
:34F:EUR0,
:13D:2401021200+0100
:61:2401020102C20,00NTRFS1//B1
:86:a sale
:61:2401020102${1}5,00NTRFS2//B2
:86:the second
$2
END
    echo "$1: the loader $(python/bin/python read.py); swiftmessageparser $(node read.cjs)"
}
said=$(
    read_report C ":90C:2EUR25,00"
    read_report RC ":90D:1EUR5,00
:90C:1EUR20,00"
    read_report RD ":90C:2EUR25,00"
    read_report CR ":90C:2EUR25,00"
)
echo "$said"
[ "$said" = "C: the loader 20.00 a sale, 5.00 the second; swiftmessageparser 20 a sale, 5 the second
RC: the loader 20.00 the second; swiftmessageparser 20 a sale, -5 the second
RD: the loader 20.00 the second; swiftmessageparser 20 a sale, 5 the second
CR: the loader 20.00 the second; swiftmessageparser 20 a sale, 5 the second" ]
