#!/bin/sh
# ofx-data-extractor: a refund at a till, TRNTYPE POS and TRNAMT 15.00, is summed as a debit of 15.00.
#
# In OFX the sign of TRNAMT says whether money came or went. TRNTYPE says how, and for POS, ATM and INT the
# specification adds that debit or credit "depends on signage of amount" (OFX 2.2, 11.4.4.3). In this package
# a minus makes a debit, but without one the type decides: POS, ATM, CHECK, PAYMENT, FEE and some more are debits
# whatever the amount. So are a refund to a card, cash paid in at a machine, a payment that came back and a fee that
# was waived. One would expect credits: toNormalized() itself leaves their amounts positive. The README shows
# getTransactionsSummary() and toNormalized() first of all, and says nothing of signs.
#
# It matters as just the refunds are affected: their sum is taken off where it should be added, so credits
# less debits differ from the change of the balance by twice the refunds. validate() finds nothing. Use the
# sign of the amount, and neither direction nor the summary.
#
# Seen with ofx-data-extractor 1.5.0 (npm), as printed below:
#   DEP 100.00: credit 100
#   POS -20.50: debit -20.5
#   POS 15.00: debit 15
#   ATM 50.00: debit 50
#   FEE 1.50: debit 1.5
#   by their signs: credits 166.50, debits 20.50; summary: credits 100.00, debits 87.00; valid
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . ofx-data-extractor@1.5.0 > /dev/null

cat > read.mjs <<'JS'
import { Ofx } from "ofx-data-extractor";

const MOVES = [["DEP", "100.00"], ["POS", "-20.50"], ["POS", "15.00"], ["ATM", "50.00"], ["FEE", "1.50"]];

const lines = MOVES.map(([type, amount], place) =>
  ["<STMTTRN>", `<TRNTYPE>${type}`, "<DTPOSTED>20240102", `<TRNAMT>${amount}`, `<FITID>${place}`, "<NAME>a name",
    "</STMTTRN>"].join("\n"),
);
const file = `OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX>
<SIGNONMSGSRSV1>
<SONRS>
<STATUS>
<CODE>0
<SEVERITY>INFO
</STATUS>
<DTSERVER>20240131
<LANGUAGE>ENG
</SONRS>
</SIGNONMSGSRSV1>
<BANKMSGSRSV1>
<STMTTRNRS>
<TRNUID>0
<STATUS>
<CODE>0
<SEVERITY>INFO
</STATUS>
<STMTRS>
<CURDEF>EUR
<BANKACCTFROM>
<BANKID>1
<ACCTID>1
<ACCTTYPE>CHECKING
</BANKACCTFROM>
<BANKTRANLIST>
<DTSTART>20240101
<DTEND>20240131
${lines.join("\n")}
</BANKTRANLIST>
<LEDGERBAL>
<BALAMT>146.00
<DTASOF>20240131
</LEDGERBAL>
</STMTRS>
</STMTTRNRS>
</BANKMSGSRSV1>
</OFX>
`;

const ofx = new Ofx(file);
ofx.toNormalized().transactions.forEach(({ direction, amount }, place) => {
  console.log(`${MOVES[place].join(" ")}: ${direction} ${amount}`);
});
const amounts = MOVES.map(([, amount]) => Number(amount));
const sum = (some) => Math.abs(some.reduce((total, amount) => total + amount, 0)).toFixed(2);
const [came, went] = [sum(amounts.filter((amount) => amount > 0)), sum(amounts.filter((amount) => amount < 0))];
const { credit, debit } = ofx.getTransactionsSummary();
const { isValid, warnings } = ofx.validate();
console.log(
  `by their signs: credits ${came}, debits ${went}; summary: credits ${credit.toFixed(2)}, ` +
    `debits ${debit.toFixed(2)}; ${isValid && !warnings.length ? "valid" : "not valid"}`,
);
JS
said=$(node read.mjs)
echo "$said"
[ "$said" = "DEP 100.00: credit 100
POS -20.50: debit -20.5
POS 15.00: debit 15
ATM 50.00: debit 50
FEE 1.50: debit 1.5
by their signs: credits 166.50, debits 20.50; summary: credits 100.00, debits 87.00; valid" ]
