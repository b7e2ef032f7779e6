"""Prints the balances of a Beancount journal at the beginning of a day: balances.py DAY FILE."""

import csv
import datetime
import sys
from collections import Counter

from beancount import loader
from beancount.core.data import Transaction

day = datetime.date.fromisoformat(sys.argv[1])
entries, errors, _ = loader.load_file(sys.argv[2])
if errors:
    sys.exit(str(errors))
sums = Counter()
for entry in entries:
    if isinstance(entry, Transaction) and entry.date < day:
        for posting in entry.postings:
            sums[posting.account, posting.units.currency] += posting.units.number
out = csv.writer(sys.stdout)
out.writerow(["account", "currency", "balance"])
for (account, currency), amount in sorted(sums.items()):
    out.writerow([account, currency, amount])
