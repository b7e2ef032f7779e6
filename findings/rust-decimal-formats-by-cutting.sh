#!/bin/sh
# rust_decimal: format!("{:.2}") cuts the digits off: 1.999 is written as 1.99, and -0.005 as -0.00.
#
# With a precision Rust's own numbers are rounded, and so are those of the other decimal crates. rust_decimal
# has round_dp(), which rounds, but its Display keeps the first digits and drops the rest; neither its README nor
# its documentation says so. One would expect "2.00", which is what f64, bigdecimal and fastnum write. (On an
# exact half these two do not agree either: 1.985 is 1.98 in bigdecimal and 1.99 in fastnum.)
#
# It matters where a fee or a tax is computed with more digits and shown or exported with {:.2}: what the
# customer reads is up to a cent less than what round_dp(2) put in the ledger, never more.
#
# Seen with rust_decimal 1.43.0, bigdecimal 0.4.11 and fastnum 0.7.5, as printed below:
#   1.999: rust_decimal 1.99 (rounded 2.00), bigdecimal 2.00, fastnum 2.00, f64 2.00
#   1.985: rust_decimal 1.98 (rounded 1.98), bigdecimal 1.98, fastnum 1.99, f64 1.99
#   -0.009: rust_decimal -0.00 (rounded -0.01), bigdecimal -0.01, fastnum -0.01, f64 -0.01
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'T'
[package]
name = "cents"
version = "0.0.0"
edition = "2021"

[dependencies]
bigdecimal = "=0.4.11"
fastnum = "=0.7.5"
rust_decimal = "=1.43.0"
T
cat > src/main.rs <<'T'
use bigdecimal::BigDecimal;
use fastnum::{decimal::Context, D128};
use rust_decimal::Decimal;

fn main() {
    for amount in ["1.999", "1.985", "-0.009"] {
        let decimal: Decimal = amount.parse().unwrap();
        let big: BigDecimal = amount.parse().unwrap();
        let fast = D128::from_str(amount, Context::default()).unwrap();
        let float: f64 = amount.parse().unwrap();
        println!(
            "{amount}: rust_decimal {decimal:.2} (rounded {}), bigdecimal {big:.2}, fastnum {fast:.2}, f64 {float:.2}",
            decimal.round_dp(2)
        );
    }
}
T
said=$(cargo run --quiet)
echo "$said"
[ "$said" = "1.999: rust_decimal 1.99 (rounded 2.00), bigdecimal 2.00, fastnum 2.00, f64 2.00
1.985: rust_decimal 1.98 (rounded 1.98), bigdecimal 1.98, fastnum 1.99, f64 1.99
-0.009: rust_decimal -0.00 (rounded -0.01), bigdecimal -0.01, fastnum -0.01, f64 -0.01" ]
