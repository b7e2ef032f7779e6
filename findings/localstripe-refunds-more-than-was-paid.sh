#!/bin/sh
# localstripe: of 226.04 paid, it gives back 226.04 after 109.00, and the same request twice is two refunds.
#
# localstripe stands in for Stripe in tests. It promises to be stateful, so that what was done has "an impact on the
# next queries", and it does add up what a charge gave back. But a refund never asks for that sum. Stripe's rules:
# without an amount, all that is left is refunded; more than is left is an error; a request that is repeated with
# its Idempotency-Key gets the first one's answer, and nothing happens again ("Create a refund", "Idempotent
# requests"). localstripe takes the whole charge where the amount is missing, takes any amount, and never
# reads the key. Among its limitations the README names none of these.
#
# It matters as those are the very three faults that a shop's tests should find: a second partial refund that is too
# large, "the rest" computed wrongly, and a retry after a lost answer. All pass here, and pay twice or fail at
# the real Stripe. A test has to look at the charge's amount_refunded itself, and count the refunds.
#
# Seen with localstripe 1.15.10, as printed below, for a payment of 22604:
#   10900 asked: 10900
#   no amount asked: 22604
#   90000 asked: 90000
#   100 asked with a key: 100; once more with that key: 100, another refund
#   of 22604 were given back: 123704
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check localstripe==1.15.10
# It keeps its state in one file for the whole machine. Ours stays here.
sed -i "s#/tmp/localstripe.pickle#$folder/state#" python/lib/python3*/site-packages/localstripe/resources.py

cat > refunds.py <<'PY'
import base64
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HOST = f"http://127.0.0.1:{sys.argv[1]}"
WHO = "Basic " + base64.b64encode(b"sk_test_12345:").decode()


def ask(path, form=None, key=None):
    body = urllib.parse.urlencode(form).encode() if form else None
    headers = {"Authorization": WHO} | ({"Idempotency-Key": key} if key else {})
    with urllib.request.urlopen(urllib.request.Request(HOST + path, body, headers), timeout=10) as answer:
        return json.load(answer)


def wait_for_the_server():
    for _ in range(100):
        try:
            return ask("/v1/balance")
        except urllib.error.URLError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


wait_for_the_server()
card = {"card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 2040, "card[cvc]": 123}
method = ask("/v1/payment_methods", {"type": "card"} | card)["id"]
intent = {"amount": 22604, "currency": "egp", "payment_method": method, "confirm": "true"}
payment = ask("/v1/payment_intents", intent)["id"]


def refund(amount=None, key=None):
    return ask("/v1/refunds", {"payment_intent": payment} | ({"amount": amount} if amount else {}), key)


print(f"10900 asked: {refund(10900)['amount']}")
print(f"no amount asked: {refund()['amount']}")
print(f"90000 asked: {refund(90000)['amount']}")
first, second = refund(100, "return-1"), refund(100, "return-1")
which = "the same refund" if first["id"] == second["id"] else "another refund"
print(f"100 asked with a key: {first['amount']}; once more with that key: {second['amount']}, {which}")
[charge] = ask("/v1/charges")["data"]
print(f"of {charge['amount']} were given back: {charge['amount_refunded']}")
PY
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python/bin/localstripe --port "$port" --from-scratch > server.log 2>&1 &
server=$!
said=$(python/bin/python refunds.py "$port")
echo "$said"
[ "$said" = "10900 asked: 10900
no amount asked: 22604
90000 asked: 90000
100 asked with a key: 100; once more with that key: 100, another refund
of 22604 were given back: 123704" ]
