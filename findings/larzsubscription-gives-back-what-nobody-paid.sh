#!/bin/sh
# larzsubscription: who changes to a cheaper plan in a free trial gets 20.00 back, and has paid nothing.
#
# change_plan() returns what to charge now, or with a minus what to give back, for the rest of the period. It takes the
# prices of both plans for what the period costs. In a free trial the period costs nothing, so nothing can be given back
# for it, and nothing is to be charged. One would expect 0.00 and 0.00: the README says "free trials that convert",
# that a renewal charges, and "exact net amount". Nor does it ask how long the new plan's price lasts: a plan
# of a year costs half a year's price for the half month that is left, and is charged again in full at its end. A
# change between plans of the same length in a paid period is right. No limits are named.
#
# It matters as the first change of plan often comes in the trial. total_billed() is then below zero: a program that
# refunds negative amounts pays money out of the shop's own.
#
# Seen with larzsubscription 0.1.0, as printed below: plans of 30.00, 10.00 and 365.00 (a year), a trial of 14 days:
#   trial, to a cheaper plan on the first day: change -20.00, billed in all -20.00, trialing
#   trial, to a dearer plan on the first day: change 20.00, billed in all 20.00, trialing
#   paid, to a cheaper plan after half of the month: change -10.00, billed in all 20.00, active
#   paid, to a year's plan after half of the month: change 167.50, billed in all 197.50, active until 2026-01-31
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check larzsubscription==0.1.0

cat > change.py <<'PY'
from datetime import datetime, timedelta

from larzsubscription import Plan, Subscription

START = datetime(2026, 1, 1)
YEAR = Plan("year", "365.00", interval_days=365)


def large(trial):
    return Plan("large", "30.00", trial_days=trial)


def small(trial):
    return Plan("small", "10.00", trial_days=trial)


for name, old, new, days in (
    ("trial, to a cheaper plan on the first day", large(14), small(14), 0),
    ("trial, to a dearer plan on the first day", small(14), large(14), 0),
    ("paid, to a cheaper plan after half of the month", large(0), small(0), 15),
    ("paid, to a year's plan after half of the month", large(0), YEAR, 15),
):
    subscription = Subscription(old, start=START)
    change = subscription.change_plan(new, now=START + timedelta(days=days))
    until = f" until {subscription.period_end:%Y-%m-%d}" if new is YEAR else ""
    print(f"{name}: change {change}, billed in all {subscription.total_billed()}, {subscription.status}{until}")
PY
said=$(python/bin/python change.py)
echo "$said"
[ "$said" = "trial, to a cheaper plan on the first day: change -20.00, billed in all -20.00, trialing
trial, to a dearer plan on the first day: change 20.00, billed in all 20.00, trialing
paid, to a cheaper plan after half of the month: change -10.00, billed in all 20.00, active
paid, to a year's plan after half of the month: change 167.50, billed in all 197.50, active until 2026-01-31" ]
