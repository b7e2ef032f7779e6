#!/bin/sh
# camt053: one payment of a batch came back, and the return that it writes is for the whole batch.
#
# A bank may book many payments as one entry (Ntry) and list them in it (TxDtls), each with its own Amt and
# references. In camt.053 RtrInf stands in the payment that came back. This package reads the entry's amount
# and no payment's. generate_reversal_for_statement() takes the entry's amount, the reason of any payment in it,
# and the reference of the first one. One would expect a return of 20.00 for order-2, or a refusal. Its answer
# has the other payment's name and both payments' money; as pacs.004 too. It passes the standard's schema. The
# documentation says that an entry is mirrored, and nothing of batches.
#
# It matters as batches are how shops pay refunds out: one refund to a closed account, and all of its batch is
# given back once more, or a payment that arrived is taken for one that did not.
#
# Seen with camt053 0.0.23, on a batch of 10.00 (order-1) and 20.00 (order-2, returned as AC04), as printed
# below:
#   camt053: 30.00, order-1, AC04
#   pacs004: 30.00, order-1, AC04
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check camt053==0.0.23

cat > batch.py <<'PY'
import re

import camt053

BATCH = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
  <GrpHdr><MsgId>1</MsgId><CreDtTm>2024-01-03T00:00:00Z</CreDtTm></GrpHdr>
  <Stmt><Id>1</Id><CreDtTm>2024-01-03T00:00:00Z</CreDtTm>
    <Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy></Acct>
    <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt>
      <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-01-02</Dt></Dt></Bal>
    <Ntry><NtryRef>batch-1</NtryRef><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
      <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2024-01-02</Dt></BookgDt><BkTxCd/>
      <NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>
        <TxDtls><Refs><EndToEndId>order-1</EndToEndId></Refs>
          <Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>
        <TxDtls><Refs><EndToEndId>order-2</EndToEndId></Refs>
          <Amt Ccy="EUR">20.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
          <RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>
      </NtryDtls></Ntry>
  </Stmt></BkToCstmrStmt></Document>
"""

[statement] = camt053.parse_document(BATCH).statements
assert [payment.end_to_end_id for payment in statement.entries[0].details] == ["order-1", "order-2"]
for form, amount, reference in (
    ("camt053", r"<Ntry>.*?<Amt Ccy=\"EUR\">(.*?)</Amt>", "EndToEndId"),
    ("pacs004", r"<RtrdInstdAmt Ccy=\"EUR\">(.*?)</RtrdInstdAmt>", "OrgnlEndToEndId"),
):
    written = camt053.generate_reversal_for_statement(statement, reason_code="AC04", output_format=form)
    said = [
        re.findall(pattern, written, re.S)
        for pattern in (amount, f"<{reference}>(.*?)</{reference}>", r"<Rsn><Cd>(.*?)</Cd></Rsn>")
    ]
    print(f"{form}: {', '.join(only for [only] in said)}")
PY
said=$(python/bin/python batch.py)
echo "$said"
[ "$said" = "camt053: 30.00, order-1, AC04
pacs004: 30.00, order-1, AC04" ]
