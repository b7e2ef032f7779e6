#!/bin/sh
# The Rust crate csv: the line that a record's position tells is wrong after CR LF and after blank lines.
#
# Settlement files of acquirers mostly end their lines with CR LF, and whoever refuses one has to name the
# line. With csv 1.4.0 (csv-core 0.1.13) the records on lines 2 and 3 of "a,b\r\n1,2\r\n3,4\r\n" say that
# they are on lines 1 and 2; with LF alone they say 2 and 3. A blank line before a record is not counted.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'T'
[package]
name = "lines"
version = "0.0.0"
edition = "2021"

[dependencies]
csv = "=1.4.0"
csv-core = "=0.1.13"
T
cat > src/main.rs <<'T'
fn lines(text: &str) -> Vec<u64> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().position().unwrap().line()).collect()
}

fn main() {
    println!("{:?} {:?} {:?}", lines("a,b\n1,2\n3,4\n"), lines("a,b\r\n1,2\r\n3,4\r\n"), lines("a,b\n1,2\n\n3,4\n"));
}
T
said=$(cargo run --quiet)
echo "LF, CR LF, a blank line before the last: $said"
[ "$said" = '[2, 3] [1, 2] [2, 3]' ]
