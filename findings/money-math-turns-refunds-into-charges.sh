#!/bin/sh
# money-math: of a negative amount, a share is up to two cents off, and a small one gets the other sign.
#
# The package multiplies and divides "XXX.YY" exactly, with big integers, and its README promises a result
# "rounded to the whole cent". It shows negative amounts and says nothing against them. One would expect what
# comes out for -226.04 to be what comes out for 226.04 with a minus. But it cuts towards zero and then adds a
# cent where it should take one: 10 % of -226.04 is -22.59, a third of it is -75.33 (-75.35 is right), and
# 10 % of -0.05 is +0.01.
#
# It matters as refunds are the negative amounts: a part of the fee or tax that a sale paid does not come back,
# and a few piastres given back become a charge. Sale and refund do not add up to zero, and nothing is thrown.
#
# Seen with money-math 2.6.3 (npm), as printed below; the first of each pair is the sale:
#   percent 10.00 of 226.04: 22.60 -22.59
#   div 226.04 by 3.00: 75.35 -75.33
#   mul 0.50 by 0.01: 0.01 0.01
#   percent 10.00 of 0.05: 0.01 0.01
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund money-math@2.6.3 > /dev/null

cat > shares.cjs <<'JS'
const money = require("money-math");

for (const [what, amount, by, word] of [
  ["percent", "226.04", "10.00", "of"],
  ["div", "226.04", "3.00", "by"],
  ["mul", "0.50", "0.01", "by"],
  ["percent", "0.05", "10.00", "of"],
]) {
  const [first, second] = word === "of" ? [by, amount] : [amount, by];
  const shares = [amount, "-" + amount].map((signed) => money[what](signed, by)).join(" ");
  console.log(`${what} ${first} ${word} ${second}: ${shares}`);
}
JS
said=$(node shares.cjs)
echo "$said"
[ "$said" = "percent 10.00 of 226.04: 22.60 -22.59
div 226.04 by 3.00: 75.35 -75.33
mul 0.50 by 0.01: 0.01 0.01
percent 10.00 of 0.05: 0.01 0.01" ]
