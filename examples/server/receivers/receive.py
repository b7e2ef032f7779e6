"""A receiver of webhooks in Python, with the `stripe` package: `python3 receive.py 4242`."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import stripe


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(os.environ["SECRET_FILE"], encoding="ascii") as file:
            secret = file.read().strip()
        try:
            header = self.headers.get("XPay-Signature", "")
            event = stripe.Webhook.construct_event(body, header, secret)
        except (ValueError, stripe.SignatureVerificationError):
            self.answer(400)
            return
        with open(os.environ["SEEN_FILE"], "a", encoding="ascii") as file:
            file.write(f"{event['type']} {event['id']}\n")
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
