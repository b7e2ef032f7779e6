#!/bin/sh
# ofxparse, and ledger-autosync with it: a transaction of 5000 yen becomes one of 5000 euros.
#
# A transaction in OFX may be in another currency than its account (CURDEF). CURRENCY in it says so: its TRNAMT
# is in CURSYM, and CURRATE is the rate. With ORIGCURRENCY the TRNAMT was converted before (OFX, 5.2).
# ofxparse reads neither, and its transaction has no field for them, so who uses it cannot tell. ledger-autosync
# writes the account's currency beside the number. bankstatementparser has its own reader, which does the same. One
# would expect the currency to be kept, as ofxtools keeps it, or a refusal. The README of ledger-autosync even
# counts other currencies than dollars among its features.
#
# It matters for accounts that get money in one currency and give some back in another: 5000 yen are 32.50 euros,
# so the journal is out by 4967.50. The balance in the same file shows it: 100.00 - 32.50 - 32.50 is 35.00.
#
# Seen with ofxparse 0.21, ledger-autosync 1.2.0, bankstatementparser 0.0.29 and ofxtools 1.1.1, as printed
# below, for a sale of 100.00 EUR and two refunds of 5000 JPY, the second one converted:
#   ofxparse: 100.00 -5000 -32.50 eur, balance 35.00
#   bankstatementparser: 100.00 EUR -5000 EUR -32.50 EUR
#   ledger-autosync: 100.00 EUR -5000.00 EUR -32.50 EUR
#   ofxtools: 100.00 EUR -5000 JPY -32.50 EUR
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check \
    ofxparse==0.21 ledger-autosync==1.2.0 bankstatementparser==0.0.29 ofxtools==1.1.1

cat > account.ofx <<'OFX'
OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20240131<LANGUAGE>ENG
<FI><ORG>BANK<FID>1</FI></SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20240101<DTEND>20240131
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20240102<TRNAMT>100.00<FITID>1<NAME>sale</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240102<TRNAMT>-5000<FITID>2<NAME>refund
<CURRENCY><CURRATE>0.0065<CURSYM>JPY</CURRENCY></STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240102<TRNAMT>-32.50<FITID>3<NAME>refund
<ORIGCURRENCY><CURRATE>0.0065<CURSYM>JPY</ORIGCURRENCY></STMTTRN>
</BANKTRANLIST>
<LEDGERBAL><BALAMT>35.00<DTASOF>20240131</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1>
</OFX>
OFX

cat > read.py <<'PY'
import re
import subprocess

import bankstatementparser
import ofxparse
from ofxtools.Parser import OFXTree

with open("account.ofx", "rb") as file:
    statement = ofxparse.OfxParser.parse(file).account.statement
assert not any("cur" in field for field in vars(statement.transactions[1]))
amounts = " ".join(str(one.amount) for one in statement.transactions)
print(f"ofxparse: {amounts} {statement.currency}, balance {statement.balance}")

rows = bankstatementparser.OfxParser("account.ofx").parse().to_dict("records")
print("bankstatementparser:", " ".join(f"{row['amount']} {row['currency']}" for row in rows))

journal = subprocess.run(
    ["python/bin/ledger-autosync", "account.ofx", "--account", "bank"], capture_output=True, text=True, check=True
).stdout
print("ledger-autosync:", " ".join(re.findall(r"^ +bank +(\S+ \S+)$", journal, re.M)))

tree = OFXTree()
tree.parse("account.ofx")
[statement] = tree.convert().statements
currencies = [statement.curdef if one.currency is None else one.currency.cursym for one in statement.transactions]
amounts = [f"{one.trnamt} {own}" for one, own in zip(statement.transactions, currencies, strict=True)]
print("ofxtools:", " ".join(amounts))
PY
# Without a journal of this machine's own, it writes all.
unset LEDGER_FILE
said=$(HOME="$folder" python/bin/python read.py)
echo "$said"
[ "$said" = "ofxparse: 100.00 -5000 -32.50 eur, balance 35.00
bankstatementparser: 100.00 EUR -5000 EUR -32.50 EUR
ledger-autosync: 100.00 EUR -5000.00 EUR -32.50 EUR
ofxtools: 100.00 EUR -5000 JPY -32.50 EUR" ]
