"""Prints the balances of Beancount journals at the beginning of days: balances.py DAY... -- FILE..."""

import csv
import datetime
import sys
from collections import Counter

from beancount import loader
from beancount.core.data import Transaction
from beancount.ops import validation

at = sys.argv.index("--")
days = [datetime.date.fromisoformat(day) for day in sys.argv[1:at]]
sums = {day: Counter() for day in days}
for file in sys.argv[at + 1 :]:
    # As strict as bean-check.
    entries, errors, _ = loader.load_file(
        file, extra_validations=validation.HARDCORE_VALIDATIONS
    )
    if errors:
        sys.exit(f"{file}: {errors}")
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                for day in days:
                    if entry.date < day:
                        sums[day][posting.account, posting.units.currency] += posting.units.number
for day in days:
    print("---")
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["account", "currency", "balance"])
    for (account, currency), amount in sorted(sums[day].items()):
        out.writerow([account, currency, format(amount, "f")])
