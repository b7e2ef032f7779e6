#!/bin/sh
# pysie-accounting: in Sweden's SIE files it leaves out balances without decimals, and vouchers without quotes.
#
# In SIE an amount has two decimals at most, so 891 and 891.00 are the same; and a field needs quotes only if it has
# spaces, so #VER A 1 and #VER "A" "1" are the same (the SIE group's description of the format, type 4).
# This package finds #IB, #UB and #RES only with a point, #VER only with both quotes and all five fields, and skips
# each other line without a word. One would expect the same of both files. What is skipped in reading is
# missing again in the file that write_sie4() writes. The README shows just this: read, add vouchers, write. It says
# nothing of such limits.
#
# It matters as amounts of whole kronor are common, and one file mixes both: of two balances one is there and one
# is not, so the books no longer balance, and sum_result() counts a year's profit as if nothing had been refunded.
#
# Seen with pysie-accounting 0.0.2 (pandas 2.3.3), as printed below, for the lines of a file that are written again:
#   891.00, "A" "1": UB 1930 891.00; RES 3001 -1000.00, 4001 109.00; sum -891.0; vouchers 1
#   891, "A" "1": UB none; RES 3001 -1000.00; sum -1000.0; vouchers 1
#   891.00, A 1: UB 1930 891.00; RES 3001 -1000.00, 4001 109.00; sum -891.0; vouchers 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pysie-accounting==0.0.2 pandas==2.3.3 numpy==2.2.6

cat > read.py <<'PY'
import re
import warnings

warnings.simplefilter("ignore", FutureWarning)  # of pandas, about empty tables

from pysie_accounting import pysie

BOOK = """#FLAGGA 0
#PROGRAM "A till" 1.0
#FORMAT PC8
#GEN 20240131
#SIETYP 4
#FNAMN "A shop"
#RAR 0 20240101 20241231
#KONTO 1930 "Bank"
#SRU 1930 7281
#KONTO 3001 "Sales"
#SRU 3001 7410
#KONTO 4001 "Refunds"
#SRU 4001 7410
#UB 0 1930 {bank}
#RES 0 3001 -1000.00
#RES 0 4001 {refunds}
#VER {voucher} 20240102 "A refund" 20240102
{{
#TRANS 4001 {{}} {refunds}
#TRANS 1930 {{}} -{refunds}
}}
"""
with open("codes.csv", "w") as file:
    file.write("SRU,Ink2\n7281,2.26\n7410,3.1\n")

for bank, refunds, voucher in (("891.00", "109.00", '"A" "1"'), ("891", "109", '"A" "1"'), ("891.00", "109.00", "A 1")):
    with open("book.se", "w") as file:
        file.write(BOOK.format(bank=bank, refunds=refunds, voucher=voucher))
    book = pysie.PySIE()
    book.open_trans("codes.csv")
    book.open("book.se")
    book.write_sie4("again.se")
    with open("again.se") as file:
        again = file.read()
    balances = "; ".join(
        f"{kind} {', '.join(re.findall(rf'^#{kind} 0 (.*)$', again, re.M)) or 'none'}" for kind in ("UB", "RES")
    )
    print(f"{bank}, {voucher}: {balances}; sum {book.sum_result()}; vouchers {again.count('#VER')}")
PY
said=$(python/bin/python read.py)
echo "$said"
[ "$said" = '891.00, "A" "1": UB 1930 891.00; RES 3001 -1000.00, 4001 109.00; sum -891.0; vouchers 1
891, "A" "1": UB none; RES 3001 -1000.00; sum -1000.0; vouchers 1
891.00, A 1: UB 1930 891.00; RES 3001 -1000.00, 4001 109.00; sum -891.0; vouchers 0' ]
