#!/bin/sh
# Beancount: a balance assertion with two decimals passes although it is a hundredth off.
#
# A balance directive has a tolerance that is inferred from its own decimals: twice the half of the last
# digit, so one whole unit of it. An exporter that asserts what accounts hold has to write "~ 0", or an
# altered posting of one piastre goes unnoticed. Amounts without decimals (JPY) have no tolerance.
#
# Seen with Beancount 2.3.5 and 3.2.3: "226.05 EGP" passes where the account holds 226.04; with "~ 0" it
# fails with "(0.01 too little)"; "1001 JPY" fails where it holds 1000.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

journal() {
    printf '2024-01-01 open Assets:Bank\n2024-01-01 open Income:Sales\n'
    printf '2024-01-02 * "a sale"\n  Assets:Bank  %s\n  Income:Sales\n' "$1"
    printf '2024-02-01 balance Assets:Bank  %s\n' "$2"
}

for version in 2.3.5 3.2.3; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "beancount==$version"
    check() {
        journal "$1" "$2" > "$folder/book.beancount"
        "$folder/$version/bin/python" -m beancount.scripts.check "$folder/book.beancount" 2>&1
    }
    check '226.04 EGP' '226.05 EGP' || { echo "$version: notices a hundredth now"; exit 1; }
    if said=$(check '226.04 EGP' '226.05 ~ 0 EGP'); then echo "$version: ~ 0 passes now"; exit 1; fi
    echo "$said" | grep -q '0.01 too little' || { echo "$version says: $said"; exit 1; }
    if check '1000 JPY' '1001 JPY' > "$folder/said"; then echo "$version: JPY has a tolerance now"; exit 1; fi
    echo "Beancount $version: a hundredth off passes, with ~ 0 it does not; whole numbers have no tolerance"
done
