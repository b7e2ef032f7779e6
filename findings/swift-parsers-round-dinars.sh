#!/bin/sh
# swiftmessageparser, @centrapay/swift-parser: in MT940, 1.005 dinars are read as 1.01, and 0.004 as 0.
#
# SWIFT's amounts have as many decimals as their currency has in ISO 4217: three in dinars of Kuwait, Bahrain or Jordan
# (Category 9's Message Reference Guide, field 61, subfield 5). Both packages read each amount and balance to
# hundredths, rounded. One would expect 1.005: an MT940 tells its currency in the same message, and amounts are
# BigNumber, made for that. A comment in the code says that it rounds, the READMEs do not. They describe the
# option "validate", which checks that the opening balance and all amounts are the closing balance: it refuses a right
# statement, since rounded amounts no longer fit. Amounts that end in 0 are right.
#
# It matters as a fils is money in Kuwait: fees and shares of a refund are of that size, and each line can be half a
# hundredth off, while the ledger has what was paid. Without "validate" nothing tells.
#
# Seen with swiftmessageparser 1.2.1 and @centrapay/swift-parser 1.0.1, as printed below. The statement opens with
# 100.000 and closes with 97.986, after debits of 1.005, 1.005 and 0.004:
#   swiftmessageparser: 100 - 1.01 - 1.01 - 0 = 97.98, the bank says 97.986, read 97.99; valid: false
#   @centrapay/swift-parser: 100 - 1.01 - 1.01 - 0 = 97.98, the bank says 97.986, read 97.99; valid: false
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . swiftmessageparser@1.2.1 @centrapay/swift-parser@1.0.1 > /dev/null

cat > read.cjs <<'JS'
const data = `:20:STATEMENT1
:25:KW00BANK0000000001
:28C:1/1
:60F:C240101KWD100,000
:61:2401020102D1,005NTRFR1//B1
:86:a refund
:61:2401020102D1,005NTRFR2//B2
:86:a refund
:61:2401020102D0,004NTRFR3//B3
:86:a fee
:62F:C240102KWD97,986
`;
for (const name of ["swiftmessageparser", "@centrapay/swift-parser"]) {
    const parser = require(name);
    const [statement] = parser.parse({ type: "mt940", data });
    const amounts = statement.transactions.map(({ amount }) => amount);
    const sum = amounts.reduce((left, amount) => left.plus(amount), statement.openingBalance);
    let valid = true;
    try {
        parser.parse({ type: "mt940", data, validate: true });
    } catch {
        valid = false;
    }
    const debits = amounts.map((amount) => amount.abs()).join(" - ");
    const closing = `the bank says 97.986, read ${statement.closingBalance}`;
    console.log(`${name}: ${statement.openingBalance} - ${debits} = ${sum}, ${closing}; valid: ${valid}`);
}
JS
said=$(node read.cjs)
echo "$said"
[ "$said" = "swiftmessageparser: 100 - 1.01 - 1.01 - 0 = 97.98, the bank says 97.986, read 97.99; valid: false
@centrapay/swift-parser: 100 - 1.01 - 1.01 - 0 = 97.98, the bank says 97.986, read 97.99; valid: false" ]
