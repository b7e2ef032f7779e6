#!/bin/sh
# hledger and Ledger: no one directive declares the format of a currency without decimals for both.
#
# hledger 1.25 refuses "format 1000 JPY" and asks for a decimal point; Ledger 3.3.0 refuses the same with
# the point ("1000. JPY"). So a journal for both has to be written twice, or without the format.
#
# Seen with Debian 12's hledger 1.25-2+b5 and ledger 3.3.0-3.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in hledger ledger libboost-filesystem1.74.0 libboost-iostreams1.74.0 libboost-regex1.74.0; do
    apt-get download --quiet=2 "$package" 2> /dev/null || true
done
for archive in *.deb; do dpkg -x "$archive" root; done
LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/usr/lib"
export LD_LIBRARY_PATH
hledger=root/usr/bin/hledger
ledger=root/usr/bin/ledger
"$hledger" --version | grep -q 'hledger 1\.25' || { echo "another hledger: $("$hledger" --version)"; exit 1; }
"$ledger" --version | grep -q 'Ledger 3\.3\.0' || { echo "another Ledger"; exit 1; }

journal() {
    printf 'commodity JPY\n    format %s\n\n2024-01-01 a sale\n    bank  1000 JPY\n    sales\n' "$1" > book.journal
}

journal '1000 JPY'
if said=$(LC_ALL=C.UTF-8 "$hledger" -f book.journal balance 2>&1); then echo "hledger takes 1000 JPY now"; exit 1; fi
echo "$said" | grep -q 'decimal' || { echo "hledger says: $said"; exit 1; }
"$ledger" -f book.journal balance > /dev/null

journal '1000. JPY'
LC_ALL=C.UTF-8 "$hledger" -f book.journal balance > /dev/null
if said=$("$ledger" -f book.journal balance 2>&1); then echo "Ledger takes 1000. JPY now"; exit 1; fi
echo "$said" | grep -q 'commodity directive symbol' || { echo "Ledger says: $said"; exit 1; }
echo "hledger 1.25 wants the point in the format of JPY, Ledger 3.3.0 refuses it"
