#!/bin/sh
# broleto, @mrmgomes/boleto-utils: a boleto that is due in 2030 was due in 2005, and has expired.
#
# The bar code of a boleto, Brazil's payment slip, has its due date as a factor of four digits: the days since 7
# October 1997. On 21 February 2025 it was 9999; for the day after, it starts again at 1000 (FEBRABAN's manual of the
# due date factor; Carta Circular 2926 of Brazil's central bank has the first cycle). So since then a factor is 9000
# days later than it was. broleto still counts from 1997. boleto-utils has a second field for the new cycle, but its
# field for the due date, "vencimento", is of the old one, whatever today is. One would expect the date that is near
# today, as @brazilian-utils/brazilian-utils gives it. broleto's README knows no cycles.
#
# It matters as every boleto issued today is affected: it counts as expired on the day of its issue, so a payment
# is refused, fees and interest for 25 years are added, or a payment in time is given back as one that came too late.
#
# Seen with broleto 0.0.12, @mrmgomes/boleto-utils 1.3.3 and @brazilian-utils/brazilian-utils 2.4.0 (npm), as printed
# below, for 109.00 reais:
#   factor 9999: broleto 2025-02-21, expired; boleto-utils 2025-02-21; brazilian-utils 2025-02-21
#   factor 1000: broleto 2000-07-03, expired; boleto-utils 2000-07-03; brazilian-utils 2025-02-22
#   factor 2788: broleto 2005-05-26, expired; boleto-utils 2005-05-26; brazilian-utils 2030-01-15
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . \
    broleto@0.0.12 @mrmgomes/boleto-utils@1.3.3 @brazilian-utils/brazilian-utils@2.4.0 > /dev/null

cat > due.cjs <<'JS'
const { Boleto } = require("broleto");
const { validarBoleto } = require("@mrmgomes/boleto-utils");
const { getBoletoInfo } = require("@brazilian-utils/brazilian-utils");

const BANK = "3419"; // and the currency, the real
const FREE = "1091000000135555112220000"; // the bank's own field
const TODAY = new Date(2026, 10, 30);

// From right to left, weights of 2 and 1; the digits of a product are added.
function checkOfField(digits) {
  const products = [...digits].reverse().map((digit, place) => digit * (place % 2 ? 1 : 2));
  const sum = products.reduce((total, product) => total + (product > 9 ? product - 9 : product), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

// From right to left, weights of 2 to 9.
function checkOfBar(digits) {
  const sum = [...digits].reverse().reduce((total, digit, place) => total + digit * (2 + (place % 8)), 0);
  const check = 11 - (sum % 11);
  return check > 9 ? 1 : check;
}

// The line that a person types: the bar code's fields in another order, with their checks.
function typed(factor, cents) {
  const due = `${factor}${String(cents).padStart(10, "0")}`;
  const fields = [BANK + FREE.slice(0, 5), FREE.slice(5, 15), FREE.slice(15)].map(checkOfField);
  return `${fields.join("")}${checkOfBar(BANK + due + FREE)}${due}`;
}

const day = (date) => date.toISOString().slice(0, 10);
for (const factor of [9999, 1000, 2788]) {
  const line = typed(factor, 10900);
  const old = new Boleto(line);
  const other = validarBoleto(line);
  const right = getBoletoInfo(line, { referenceDate: TODAY });
  if (!old.valid() || old.amount() !== 109 || !other.sucesso || right.amount !== 10900) throw new Error(line);
  console.log(
    `factor ${factor}: broleto ${day(old.expirationDate())}, ${old.expired() ? "expired" : "open"}; ` +
      `boleto-utils ${day(new Date(other.vencimento))}; brazilian-utils ${day(right.expirationDate)}`,
  );
}
JS
said=$(TZ=UTC node due.cjs)
echo "$said"
[ "$said" = "factor 9999: broleto 2025-02-21, expired; boleto-utils 2025-02-21; brazilian-utils 2025-02-21
factor 1000: broleto 2000-07-03, expired; boleto-utils 2000-07-03; brazilian-utils 2025-02-22
factor 2788: broleto 2005-05-26, expired; boleto-utils 2005-05-26; brazilian-utils 2030-01-15" ]
