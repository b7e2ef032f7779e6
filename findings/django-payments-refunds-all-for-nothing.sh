#!/bin/sh
# django-payments: refund(Decimal("0.00")) through Stripe gives all back, and a part through PayPal ends all refunds.
#
# payment.refund() gives back "the total amount", and with an amount that part of it (its documentation, "Refunding
# a payment"). 0.00 is an amount: what is left once a fee for the return is taken off, or a line without a
# price. But the package asks whether the amount is true, and zero is not. So it is compared with nothing, and the
# Stripe provider sends the payment's total. One would expect a refusal. PayPal's provider asks for None, sends
# what it was given, and then sets the status to "refunded", whatever the amount was. One would expect "confirmed"
# while something is left, as in Stripe's: only confirmed payments can be refunded, so a second part is refused, and
# whoever counts payments by status takes the sale for none. The documentation says neither.
#
# It matters as the money is gone and nothing was thrown. Stripe itself refuses an amount of zero, so
# whoever looks up its rules feels safe. Refuse zero before the call, and tell how much was refunded by
# captured_amount, not by status.
#
# Seen with django-payments 4.1.0, stripe 14.4.2 (15 and 16 don't work with it yet) and Django 5.2.19, as printed
# below, for a payment of 226.04 euros: what was asked of the processor, and what the payment then says
#   Stripe: refund(109.00) asks for 109.00; confirmed, 117.04 left
#   Stripe: refund(0.00) asks for 226.04; refunded, 0.00 left
#   PayPal: refund(109.00) asks for 109.00; refunded, 117.04 left
#   PayPal: refund(0.00) asks for 0.00; refunded, 226.04 left
# (PayPal would refuse the last one. Here it is granted, to show what is sent.)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check django-payments==4.1.0 stripe==14.4.2 Django==5.2.19

cat > refunds.py <<'PY'
import http.server
import json
import threading
import urllib.parse
from decimal import Decimal

import django
import stripe
from django.conf import settings

asked = []


class Processor(http.server.BaseHTTPRequestHandler):
    """Stripe and PayPal: notes which amount it is asked for, and grants it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = {"access_token": "token", "token_type": "Bearer"}
        if self.path == "/v1/refunds":
            amount = int(urllib.parse.parse_qs(body)["amount"][0])
            asked.append(Decimal(amount).scaleb(-2))
            answer = {"id": "re_1", "object": "refund", "amount": amount, "status": "succeeded"}
        elif self.path == "/refund":
            amount = json.loads(body)["amount"]
            asked.append(Decimal(amount["total"]))
            answer = {"amount": amount}
        answer = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Processor)
threading.Thread(target=server.serve_forever, daemon=True).start()
HERE = f"http://127.0.0.1:{server.server_port}"
stripe.api_base = HERE
settings.configure(
    INSTALLED_APPS=["payments"],
    PAYMENT_HOST="shop.example",
    PAYMENT_VARIANTS={
        "Stripe": ("payments.stripe.StripeProviderV3", {"api_key": "sk_test_" + 28 * "x"}),  # nobody's
        "PayPal": ("payments.paypal.PaypalProvider", {"client_id": "x", "secret": "x", "endpoint": HERE}),
    },
)
django.setup()

from payments import PaymentStatus  # noqa: E402
from payments.models import BasePayment  # noqa: E402


class Payment(BasePayment):
    class Meta:
        app_label = "payments"

    def save(self, *_, **__):
        """Is kept in memory."""


for variant in ("Stripe", "PayPal"):
    for amount in (Decimal("109.00"), Decimal("0.00")):
        payment = Payment(
            variant=variant, currency="EUR", total=Decimal("226.04"), captured_amount=Decimal("226.04"),
            status=PaymentStatus.CONFIRMED, transaction_id="1",
        )
        payment.attrs.session = {"payment_intent": "pi_1"}
        payment.attrs.links = {"refund": {"href": f"{HERE}/refund"}}
        payment.refund(amount)
        [sent] = asked
        asked.clear()
        print(f"{variant}: refund({amount}) asks for {sent}; {payment.status}, {payment.captured_amount} left")
PY
said=$(python/bin/python refunds.py)
echo "$said"
[ "$said" = "Stripe: refund(109.00) asks for 109.00; confirmed, 117.04 left
Stripe: refund(0.00) asks for 226.04; refunded, 0.00 left
PayPal: refund(109.00) asks for 109.00; refunded, 117.04 left
PayPal: refund(0.00) asks for 0.00; refunded, 226.04 left" ]
