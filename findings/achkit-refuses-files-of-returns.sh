#!/bin/sh
# achkit: a file in which a bank returns ACH payments is "not ok", as if its totals were 0.00.
#
# In an ACH file the transaction code of an entry says what it is: 22 a credit and 27 a debit of a checking account, 21
# the return of a credit and 26 that of a debit (Nacha Operating Rules, Appendix Three; 31 and 36 for savings). The
# amounts of returns count in the totals of debits and credits as those of the first entries did. validate() adds up
# codes that end in 2, 3, 7 and 8 only, so it expects totals of 0 and names four errors. One would expect "ok": the
# README names "Returns and NOC included", and the package explains the reasons (R01, R03). Its parse() reads the
# amounts, codes and reasons of the same file rightly.
#
# It matters as returns are how a refund to a wrong account, or a debit that bounced, comes back. Whoever checks files
# before reading them refuses just those, or learns to ignore errors of totals, which are meant for cut files.
#
# Seen with achkit 0.2.0 (Python), as printed below, for a credit of 109.00 and a debit of 20.00, and their returns:
#   22, 27: 109.00 and 20.00, ok True
#   21, 26: 109.00 and 20.00, ok False
#     batch 1 control: total debit 2000 != 0
#     batch 1 control: total credit 10900 != 0
#     file control: total debit 2000 != 0
#     file control: total credit 10900 != 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check achkit==0.2.0

cat > validate.py <<'PY'
import achkit

BANK, SENDER = "123456780", "87654321"


def file(credit, debit, reasons):
    """A file of one batch with a credit of 109.00 and a debit of 20.00, and why each was returned."""
    entries = []
    for number, (code, cents, reason) in enumerate(zip((credit, debit), (10900, 2000), reasons, strict=True), 1):
        trace = f"{SENDER}{number:07}"
        entries.append(
            f"6{code}{BANK}{'1234567':17}{cents:010}{f'REFUND{number}':15}{'A CUSTOMER':22}  {bool(reason):d}{trace}"
        )
        if reason:  # with the trace of the first entry, and the bank that it went to
            entries.append(f"799{reason}{SENDER}000000{number}{'':6}{BANK[:8]}{'':44}{trace}")
    totals = f"{len(entries):06}{2 * int(BANK[:8]):010}{2000:012}{10900:012}"
    records = [
        f"101 {BANK} {SENDER}22401020900A094101{'A BANK':23}{'ANOTHER BANK':23}{'':8}",
        f"5200{'A SHOP':16}{'':20}1234567890PPD{'REFUND':10}240102240102   1{SENDER}0000001",
        *entries,
        f"8200{totals}1234567890{'':25}{SENDER}0000001",
        f"900000100000100{totals}{'':39}",
    ]
    records += ["9" * 94] * (-len(records) % 10)
    assert {len(record) for record in records} == {94}
    return "\n".join(records) + "\n"


for codes, reasons in ((("22", "27"), ("", "")), (("21", "26"), ("R03", "R01"))):
    text = file(*codes, reasons)
    entries = achkit.parse(text)["batches"][0]["entries"]
    assert [entry["txn_code"] for entry in entries] == [int(code) for code in codes]
    amounts = " and ".join(f"{entry['amount_cents'] / 100:.2f}" for entry in entries)
    told = achkit.validate(text)
    print(f"{', '.join(codes)}: {amounts}, ok {told['ok']}")
    for error in told["errors"]:
        print(f"  {error['field']}: {error['message']}")
PY
said=$(python/bin/python validate.py)
echo "$said"
[ "$said" = "22, 27: 109.00 and 20.00, ok True
21, 26: 109.00 and 20.00, ok False
  batch 1 control: total debit 2000 != 0
  batch 1 control: total credit 10900 != 0
  file control: total debit 2000 != 0
  file control: total credit 10900 != 0" ]
