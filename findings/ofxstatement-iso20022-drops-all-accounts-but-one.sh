#!/bin/sh
# ofxstatement-iso20022, okane: of a bank's file with the statements of two accounts, only the first account is read.
#
# A camt.053 message has one or more statements, each of one account (ISO 20022's schema: Stmt, maxOccurs
# "unbounded"), and banks send one file for all accounts of a company. Both packages look for "the" statement, find the
# first, and never ask for another. One would expect both accounts, as the package camt053 gives them, or an error,
# since a Statement of theirs cannot hold two. Neither README says that a file must have just one, though that of
# ofxstatement-iso20022 calls its implementation naive.
#
# It matters as the first account is complete and its closing balance is right, so all looks well. But what goes
# through the second is missing: refunds that were paid out from it seem never to have left, and are paid once more.
# Which account comes first is the bank's choice. Split the message by its statements before.
#
# Seen with ofxstatement-iso20022 0.8.1, okane 0.2.0 (the newest for Python 3.11) and camt053 0.0.23, as printed below:
#   ofxstatement-iso20022: DE89370400440532013000 20.00
#   okane: DE89370400440532013000 20.00
#   camt053: DE89370400440532013000 20.00, DE02120300000000202051 -109.00
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check ofxstatement-iso20022==0.8.1 okane==0.2.0 camt053==0.0.23

cat > accounts.py <<'PY'
from pathlib import Path

import camt053
import okane
from ofxstatement.plugins.iso20022 import Iso20022Parser

ACCOUNTS = [("DE89370400440532013000", "20.00", "CRDT"), ("DE02120300000000202051", "109.00", "DBIT")]
DAY = "<Dt>2024-01-02</Dt>"
TIME = "2024-01-02T18:00:00"


def balance(kind, amount, direction):
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>{direction}</CdtDbtInd><Dt>{DAY}</Dt></Bal>"
    )


statements = "".join(
    f"<Stmt><Id>{iban}</Id><CreDtTm>{TIME}</CreDtTm><FrToDt><FrDtTm>{TIME}</FrDtTm><ToDtTm>{TIME}</ToDtTm></FrToDt>"
    f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balance('PRCD', '0.00', 'CRDT')}"
    f"{balance('CLBD', amount, direction)}<Ntry><NtryRef>1</NtryRef>"
    f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>BOOK</Sts><BookgDt>{DAY}</BookgDt>'
    f"<ValDt>{DAY}</ValDt><AcctSvcrRef>1</AcctSvcrRef><BkTxCd/></Ntry></Stmt>"
    for iban, amount, direction in ACCOUNTS
)
message = (
    '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
    f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId><CreDtTm>{TIME}</CreDtTm></GrpHdr>{statements}</BkToCstmrStmt></Document>"
)
Path("statements.xml").write_text(message)

statement = Iso20022Parser("statements.xml").parse()
print("ofxstatement-iso20022:", statement.account_id, *(line.amount for line in statement.lines))
statement = okane.BankToCustomerStatement.from_file("statements.xml")
print("okane:", statement.account_id, *(transaction.amount for transaction in statement.transactions))
read = []
for statement in camt053.parse_document(message).statements:
    [entry] = statement.entries
    sign = "-" if entry.credit_debit_indicator == "DBIT" else ""
    read.append(f"{statement.id} {sign}{entry.amount}")
print("camt053:", ", ".join(read))
PY
said=$(python/bin/python accounts.py)
echo "$said"
[ "$said" = "ofxstatement-iso20022: DE89370400440532013000 20.00
okane: DE89370400440532013000 20.00
camt053: DE89370400440532013000 20.00, DE02120300000000202051 -109.00" ]
