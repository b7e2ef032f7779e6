#!/bin/sh
# django-idempotency-key: two equal requests at the same time refund twice, and so does a retry with a new token.
#
# A client that got no answer asks again with the same key, and what was asked for happens once (IETF's draft of the
# Idempotency-Key field; Stripe's "Idempotent requests"). This package looks the key up under a lock, but gives the
# lock back before the view runs, and keeps the answer after it. What comes in between runs too. The README says that
# the lock makes sure that threads "do not try to call the same view" at the same time. And it hashes the key
# together with the body's bytes and the Authorization field. So a renewed access token makes a new request of a
# retry, and so does a form, whose boundary is another each time. One would expect the first answer, or a
# refusal (409, 422) where something differs. The README does not say what is hashed.
#
# It matters as these are what retries look like: a double click, a client that lost patience, a token that expired
# while it waited. Equal requests one after the other, as tests send them, are right. Look under the key alone,
# and write it before the refund, in the same transaction.
#
# Seen with django-idempotency-key 1.3.0 and Django 4.2.30, as printed below: refunds made, and what was answered
#   one after the other: 1 refund, 201 409
#   at the same time: 2 refunds, 201 201
#   with a renewed token: 2 refunds, 201 201
#   as a form with another boundary: 2 refunds, 201 201
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check django-idempotency-key==1.3.0 Django==4.2.30 \
    djangorestframework==3.16.1 setuptools==75.8.0

cat > twice.py <<'PY'
import http.client
import socketserver
import sys
import threading
import wsgiref.simple_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

refunds = []
meeting = None


def refund(request):
    """Pays a refund, for which it needs a moment: as long as it takes the other request to get here too."""
    if meeting:
        try:
            meeting.wait(timeout=3)
        except threading.BrokenBarrierError:
            pass
    refunds.append(request.headers["Idempotency-Key"])
    return HttpResponse(status=201)


settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["idempotency_key.middleware.IdempotencyKeyMiddleware"],
    ROOT_URLCONF=__name__,
)
urlpatterns = [path("refunds", refund)]
django.setup()


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = wsgiref.simple_server.make_server("127.0.0.1", 0, get_wsgi_application(), Server, Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(key, boundary=None, token="first"):
    body, content = '{"amount": 10900}', "application/json"
    if boundary:
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="amount"\r\n\r\n10900\r\n--{boundary}--\r\n'
        content = f"multipart/form-data; boundary={boundary}"
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("POST", "/refunds", body, {
        "Authorization": f"Bearer {token}", "Content-Type": content, "Idempotency-Key": key,
    })
    return connection.getresponse().status


def tell(case, key, statuses):
    made = refunds.count(key)
    print(f"{case}: {made} refund{'s' * (made != 1)}, {' '.join(map(str, sorted(statuses)))}")


tell("one after the other", "re_1", [ask("re_1"), ask("re_1")])

meeting = threading.Barrier(2)
answers = []
threads = [threading.Thread(target=lambda: answers.append(ask("re_2"))) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
meeting = None
tell("at the same time", "re_2", answers)

tell("with a renewed token", "re_3", [ask("re_3"), ask("re_3", token="second")])
tell("as a form with another boundary", "re_4", [ask("re_4", boundary="aaaa"), ask("re_4", boundary="bbbb")])
sys.stdout.flush()
PY
said=$(python/bin/python twice.py)
echo "$said"
[ "$said" = "one after the other: 1 refund, 201 409
at the same time: 2 refunds, 201 201
with a renewed token: 2 refunds, 201 201
as a form with another boundary: 2 refunds, 201 201" ]
