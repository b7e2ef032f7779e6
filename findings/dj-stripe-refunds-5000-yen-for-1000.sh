#!/bin/sh
# dj-stripe: refund(Decimal(1000)) on a charge of 5000 yen asks Stripe to give back all 5000.
#
# Stripe's amounts are in the currency's smallest unit: 5000 is 50.00 euros, 5000 yen or 5.000 dinars (Stripe,
# "Supported currencies"). dj-stripe keeps a charge's amount divided by 100, whatever the currency, so these 5000 yen
# are 50.00 to it. refund() takes "a positive decimal amount representing how much of this charge to refund",
# lowers it to what it thinks is left, here 50.00, and multiplies by 100. One would expect 1000, or an error
# because 1000 seems to be more than 50. Dinars, which have three decimals, become a tenth. The field's comment
# calls it a legacy that stores dollars; the documentation of refund() and of Charge.amount names no currency.
#
# It matters as nothing fails: Stripe refunds what it is asked for. The customer keeps the goods and has all the
# money back. Refunds without an amount are right, so a test of those does not show it. Give it yen divided by 100
# and dinars times 10, or call stripe.Refund.create() with smallest units.
#
# Seen with dj-stripe 2.11.0, stripe 15.6.2 and Django 5.2.19, as printed below: the charge, what its book
# says, the amount that refund() was given, and the one that it asked Stripe for
#   22604 egp, kept as 226.04 EGP: refund(109.00) asks for 10900
#   5000 jpy, kept as 50.00 JPY: refund(1000) asks for 5000
#   5000 jpy, kept as 50.00 JPY: refund(None) asks for 5000
#   5000 kwd, kept as 50.00 KWD: refund(1.000) asks for 100
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check dj-stripe==2.11.0 stripe==15.6.2 Django==5.2.19

cat > refunds.py <<'PY'
import http.server
import json
import threading
import urllib.parse
from decimal import Decimal

import django
import stripe
from django.conf import settings
from django.core.management import call_command

KEY = "sk_test_" + 28 * "x"  # nobody's
ACCOUNT = {"id": "acct_1", "object": "account", "livemode": False, "created": 1704067200, "settings": {}}
asked = []


class Stripe(http.server.BaseHTTPRequestHandler):
    """Says whose key it is, notes what is asked for, and refuses it."""

    def do_GET(self):
        self.answer(200, ACCOUNT)

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked.append((self.path, form["amount"][0]))
        self.answer(400, {"error": {"type": "invalid_request_error", "message": "noted"}})

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Stripe)
threading.Thread(target=server.serve_forever, daemon=True).start()
stripe.api_base = f"http://127.0.0.1:{server.server_port}"
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "djstripe"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    STRIPE_LIVE_MODE=False,
    STRIPE_TEST_SECRET_KEY=KEY,
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)

from djstripe.models import Charge  # noqa: E402


def a_charge(name, amount, currency):
    return {
        "id": name, "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "captured": True, "created": 1704067200, "currency": currency, "disputed": False, "livemode": False,
        "metadata": {}, "paid": True, "refunded": False, "status": "succeeded",
        "refunds": {"object": "list", "data": [], "has_more": False},
    }


CASES = [
    (22604, "egp", Decimal("109.00")),
    (5000, "jpy", Decimal(1000)),
    (5000, "jpy", None),
    (5000, "kwd", Decimal("1.000")),
]
for number, (amount, currency, given) in enumerate(CASES):
    Charge.sync_from_stripe_data(a_charge(f"ch_{number}", amount, currency), api_key=KEY)
    charge = Charge.objects.get(id=f"ch_{number}")
    try:
        charge.refund(given)
    except stripe.InvalidRequestError:
        pass
    path, sent = asked.pop()
    assert path == "/v1/refunds" and not asked
    kept = str(charge).replace(" (Succeeded)", "")
    print(f"{amount} {currency}, kept as {kept}: refund({given}) asks for {sent}")
PY
said=$(python/bin/python refunds.py)
echo "$said"
[ "$said" = "22604 egp, kept as 226.04 EGP: refund(109.00) asks for 10900
5000 jpy, kept as 50.00 JPY: refund(1000) asks for 5000
5000 jpy, kept as 50.00 JPY: refund(None) asks for 5000
5000 kwd, kept as 50.00 KWD: refund(1.000) asks for 100" ]
