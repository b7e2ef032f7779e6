#!/bin/sh
# iso20022.js: in camt.053, yen become a hundred times as much, dinars a tenth, and no entry is a reversal.
#
# fromXML() gives amounts in minor units, as a number. It multiplies by 100 whatever the currency: the money
# library that it asks for the decimals takes two for all, unless told. ISO 4217 has none for JPY and three for
# KWD. Nor is the product rounded: 19.99 is no whole number of cents. RvslInd is compared with the text "true",
# but the XML reader has made a Boolean of it, so an entry that takes back an earlier one says "reversal: false".
# One would expect 1000 for 1000 yen, 1005 for 1.005 dinars, 1999 for 19.99 euros, and true.
#
# It matters to who matches a bank's statement with the ledger: 100000 yen came in where 1000 did, no sum of
# cents is equal to the ledger's integer, and a taken back payment cannot be told from a refund.
#
# Seen with iso20022.js 0.0.15 (npm), as printed below, for a credit each and a reversed credit of the same:
#   JPY 1000: 100000, reversal false false
#   KWD 1.005: 100.49999999999999, reversal false false
#   EUR 19.99: 1998.9999999999998, reversal false false
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund iso20022.js@0.0.15 > /dev/null

cat > statement.mjs <<'JS'
import { CashManagementEndOfDayReport } from "iso20022.js";

const entry = (currency, amount, direction, isReversal) => `<Ntry>
  <Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd><RvslInd>${isReversal}</RvslInd>
  <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2024-01-02</Dt></BookgDt>
  <AcctSvcrRef>000123</AcctSvcrRef><BkTxCd><Prtry><Cd>PMNT</Cd></Prtry></BkTxCd></Ntry>`;
const balance = (kind, currency) => `<Bal><Tp><CdOrPrtry><Cd>${kind}</Cd></CdOrPrtry></Tp>
  <Amt Ccy="${currency}">0</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-01-02</Dt></Dt></Bal>`;

for (const [currency, amount] of [["JPY", "1000"], ["KWD", "1.005"], ["EUR", "19.99"]]) {
  const report = CashManagementEndOfDayReport.fromXML(`<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
  <GrpHdr><MsgId>1</MsgId><CreDtTm>2024-01-03T00:00:00Z</CreDtTm></GrpHdr>
  <Stmt><Id>1</Id><CreDtTm>2024-01-03T00:00:00Z</CreDtTm>
    <Acct><Id><Othr><Id>0001</Id></Othr></Id><Ccy>${currency}</Ccy>
      <Svcr><FinInstnId><Othr><Id>BANK</Id></Othr></FinInstnId></Svcr></Acct>
    ${balance("OPBD", currency)}${balance("CLBD", currency)}
    ${entry(currency, amount, "CRDT", false)}${entry(currency, amount, "DBIT", true)}
  </Stmt></BkToCstmrStmt></Document>`);
  const [first, second] = report.statements[0].entries;
  if (first.amount !== second.amount) throw new Error("the two amounts differ");
  const { amount: minor, accountServicerReferenceId: reference } = first;
  console.log(
    `${currency} ${amount}: ${minor}, reversal ${first.reversal} ${second.reversal}, reference ${reference}`,
  );
}
JS
said=$(node statement.mjs)
echo "$said"
[ "$said" = "JPY 1000: 100000, reversal false false, reference 123
KWD 1.005: 100.49999999999999, reversal false false, reference 123
EUR 19.99: 1998.9999999999998, reversal false false, reference 123" ]
