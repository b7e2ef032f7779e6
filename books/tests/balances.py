"""Prints a Beancount journal's balances at the beginning of days: balances.py DAY... FILE."""

import csv
import datetime
import sys
from collections import Counter

from beancount import loader
from beancount.core.data import Transaction

entries, errors, _ = loader.load_file(sys.argv[-1])
if errors:
    sys.exit(str(errors))
for day in map(datetime.date.fromisoformat, sys.argv[1:-1]):
    sums = Counter()
    for entry in entries:
        if isinstance(entry, Transaction) and entry.date < day:
            for posting in entry.postings:
                sums[posting.account, posting.units.currency] += posting.units.number
    print("---")
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["account", "currency", "balance"])
    for (account, currency), amount in sorted(sums.items()):
        out.writerow([account, currency, format(amount, "f")])
