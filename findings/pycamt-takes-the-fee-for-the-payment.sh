#!/bin/sh
# pycamt: a payment of 98.50 euros that came in is read as a fee of 1.50 that went out, and a refund of 31.20 as 5000.
#
# In camt.053 an entry has its amount in the account's currency and CdtDbtInd, money in or out. Its details (TxDtls) may
# tell more: what was instructed in which currency (AmtDtls), and the fees taken off (Chrgs), which have an Amt
# and a CdtDbtInd of their own (ISO 20022's Message Definition Report of camt.053). In version 2 a payment has no
# other Amt. This package takes the first Amt and the first CdtDbtInd that are anywhere in TxDtls, puts them over the
# entry's, and leaves the entry's currency as it is. One would expect what was booked: the closing balance of the
# file fits it. Where TxDtls has none of both, the amount is right. A comment in the code calls it a safety to look
# there for the direction; the README speaks of no amounts.
#
# It matters as such entries stand among ordinary ones and look like money: a card network's payout less its fee is a
# small loss, and a refund that was instructed in yen is as many euros. The closing balance is not compared.
#
# Seen with pycamt 1.1.1, as printed below, booked and read; the details have nothing, a fee, or yen:
#   nothing: booked 20.00 EUR DBIT, read 20.00 EUR DBIT
#   fee: booked 98.50 EUR CRDT, read 1.50 EUR DBIT
#   yen: booked 31.20 EUR DBIT, read 5000 EUR DBIT
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pycamt==1.1.1

cat > statement.py <<'PY'
from pycamt.parser import Camt053Parser

BOOKED = {
    "nothing": ("20.00", "DBIT", ""),
    "fee": ("98.50", "CRDT", '<Chrgs><Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Chrgs>'),
    "yen": (
        "31.20",
        "DBIT",
        '<AmtDtls><InstdAmt><Amt Ccy="JPY">5000</Amt></InstdAmt><TxAmt><Amt Ccy="EUR">31.20</Amt></TxAmt></AmtDtls>',
    ),
}


def balance(kind, amount):
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-01-02</Dt></Dt></Bal>"
    )


entries = "".join(
    f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>BOOK</Sts>'
    f"<BookgDt><Dt>2024-01-02</Dt></BookgDt><AcctSvcrRef>{name}</AcctSvcrRef>"
    "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>OTHR</SubFmlyCd></Fmly></Domn></BkTxCd>"
    f"<NtryDtls><TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>{details}</TxDtls></NtryDtls></Ntry>"
    for name, (amount, direction, details) in BOOKED.items()
)
statement = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId>'
    "<CreDtTm>2024-01-02T18:00:00</CreDtTm></GrpHdr><Stmt><Id>1</Id><CreDtTm>2024-01-02T18:00:00</CreDtTm>"
    "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    f"{balance('OPBD', '100.00')}{balance('CLBD', '147.30')}{entries}</Stmt></BkToCstmrStmt></Document>"
)
for read in Camt053Parser(statement).get_transactions():
    amount, direction, _ = BOOKED[read["TransactionID"]]
    print(
        f"{read['TransactionID']}: booked {amount} EUR {direction}, "
        f"read {read['Amount']} {read['Currency']} {read['CreditDebitIndicator']}"
    )
PY
said=$(python/bin/python statement.py)
echo "$said"
[ "$said" = "nothing: booked 20.00 EUR DBIT, read 20.00 EUR DBIT
fee: booked 98.50 EUR CRDT, read 1.50 EUR DBIT
yen: booked 31.20 EUR DBIT, read 5000 EUR DBIT" ]
