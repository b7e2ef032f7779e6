#!/bin/sh
# js-money, ts-money, rusty-money: a refund that is split in shares is not the split sale with a minus.
#
# Each of them gives the cents that are left over to the first shares of a sale: 10.00 in three is 3.34, 3.33,
# 3.33. One would expect -10.00 to be taken from the same three. But they divide rounding downwards, so the
# first shares of -10.00 are -3.33 and the last is -3.34. No README says that the sign changes who bears the
# cent. dinero.js and currency.js split both alike.
#
# It matters to marketplaces and to split payments: both sums are right, and no total shows it, yet after a
# full refund the first seller has kept a cent, and the last one has paid it. Over many orders it adds up, always
# to the same seller's good. Who refunds has to split the sale's amount and turn the sign of its shares.
#
# Seen with js-money 0.6.3, ts-money 0.4.8, dinero.js 2.0.2 and currency.js 2.0.4 (npm) and rusty-money 0.5.1
# (Rust), as printed below, in cents:
#   js-money: 334 333 333 and -333 -333 -334
#   ts-money: 334 333 333 and -333 -333 -334
#   dinero.js: 334 333 333 and -334 -333 -333
#   currency.js: 334 333 333 and -334 -333 -333
#   rusty-money: 334 333 333 and -333 -333 -334
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund \
    js-money@0.6.3 ts-money@0.4.8 dinero.js@2.0.2 currency.js@2.0.4 > /dev/null

cat > split.mjs <<'JS'
import currency from "currency.js";
import { allocate, dinero, toSnapshot } from "dinero.js";
import { USD } from "dinero.js/currencies";
import js from "js-money";
import ts from "ts-money";

const THIRDS = [1, 1, 1];
const libraries = {
  "js-money": (cents) => new js(cents, js.USD).allocate(THIRDS).map((share) => share.amount),
  "ts-money": (cents) => new ts.Money(cents, ts.Currencies.USD).allocate(THIRDS).map((share) => share.amount),
  "dinero.js": (cents) =>
    allocate(dinero({ amount: cents, currency: USD }), THIRDS).map((share) => toSnapshot(share).amount),
  "currency.js": (cents) => currency(cents, { fromCents: true }).distribute(3).map((share) => share.intValue),
};
for (const [library, split] of Object.entries(libraries)) {
  console.log(`${library}: ${split(1000).join(" ")} and ${split(-1000).join(" ")}`);
}
JS
mkdir src
cat > Cargo.toml <<'T'
[package]
name = "split"
version = "0.0.0"
edition = "2021"

[dependencies]
rusty-money = { version = "=0.5.1", features = ["iso"] }
T
cat > src/main.rs <<'T'
use rusty_money::{iso, Money};

fn split(cents: i64) -> String {
    let shares = Money::from_minor(cents, iso::USD).allocate(vec![1, 1, 1]).unwrap();
    let digits = |share: String| share.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect::<String>();
    shares.iter().map(|share| digits(share.to_string())).collect::<Vec<_>>().join(" ")
}

fn main() {
    println!("rusty-money: {} and {}", split(1000), split(-1000));
}
T
said=$(node split.mjs; cargo run --quiet)
echo "$said"
[ "$said" = "js-money: 334 333 333 and -333 -333 -334
ts-money: 334 333 333 and -333 -333 -334
dinero.js: 334 333 333 and -334 -333 -333
currency.js: 334 333 333 and -334 -333 -333
rusty-money: 334 333 333 and -333 -333 -334" ]
