// A receiver of webhooks in Node, with the `stripe` package: `node receive.mjs 4242`.
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

import Stripe from "stripe";

const stripe = new Stripe("sk_test_nothing_is_asked_of_stripe");

const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const secret = readFileSync(process.env.SECRET_FILE, "ascii").trim();
    try {
      const header = request.headers["xpay-signature"] ?? "";
      const event = stripe.webhooks.constructEvent(Buffer.concat(pieces), header, secret);
      appendFileSync(process.env.SEEN_FILE, `${event.type} ${event.id}\n`);
      response.writeHead(200).end();
    } catch {
      response.writeHead(400).end();
    }
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
