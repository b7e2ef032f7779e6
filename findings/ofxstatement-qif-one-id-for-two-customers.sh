#!/bin/sh
# ofxstatement-qif: refunds of one amount to two customers on one day get one FITID.
#
# In OFX a FITID names a transaction. Each needs its own, since a client uses it to leave out what it has already
# (OFX, "Financial Institution Transaction ID"). QIF has no such id, so this plugin makes one, of the day, the
# memo and the amount. The payee (P) and the number (N) are not in it, and the memo is often empty. ofxstatement
# has a function that makes ids unique, and says beside it that the plain one's need not be; the plugin calls the
# plain one. One would expect two ids, as payees and numbers differ. The README does not speak of ids.
#
# It matters as equal refunds on one day are ordinary: two vouchers of 10.00 are taken back, and the books have one.
# The OFX file looks complete. What is lost is lost on import, where it counts as there already, also when
# the first was imported at noon and the second is in the evening's file.
#
# Seen with ofxstatement-qif 0.14.0 and ofxstatement 0.9.3, as printed below:
#   226.04 Alpha: first of its id
#   -10.00 Beta: first of its id
#   -10.00 Gamma: has the id of -10.00 Beta
#   Gamma alone, in another file: has the id of -10.00 Beta
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check \
    ofxstatement-qif==0.14.0 ofxstatement==0.9.3

cat > day.qif <<'QIF'
!Type:Bank
D01/02/2024
T226.04
N1001
PAlpha
^
D01/02/2024
T-10.00
N1002
PBeta
^
D01/02/2024
T-10.00
N1003
PGamma
^
QIF
{ echo '!Type:Bank'; tail -n 5 day.qif; } > evening.qif
for file in day evening; do
    HOME="$folder" python/bin/ofxstatement convert --type qif "$file.qif" "$file.ofx" 2> log || { cat log; exit 1; }
done

cat > read.py <<'PY'
import re


def transactions(file):
    ofx = open(file).read()
    amounts, names, ids = (re.findall(rf"<{field}>([^<\s]*)", ofx) for field in ("TRNAMT", "NAME", "FITID"))
    return zip(amounts, names, ids, strict=True)


first = {}
for amount, name, fitid in transactions("day.ofx"):
    known = f"has the id of {first[fitid]}" if fitid in first else "first of its id"
    first.setdefault(fitid, f"{amount} {name}")
    print(f"{amount} {name}: {known}")
[(_, name, fitid)] = transactions("evening.ofx")
print(f"{name} alone, in another file: has the id of {first[fitid]}")
PY
said=$(python/bin/python read.py)
echo "$said"
[ "$said" = "226.04 Alpha: first of its id
-10.00 Beta: first of its id
-10.00 Gamma: has the id of -10.00 Beta
Gamma alone, in another file: has the id of -10.00 Beta" ]
