#!/bin/sh
# @hookflo/tern: while Stripe's signing secret is being rolled, valid events are an "Invalid signature".
#
# When an endpoint's secret is rolled, the old one may stay in force for up to 24 hours, and Stripe signs each event
# with both: the header then is "t=,v1=,v1=" (Stripe, "Receive events in your webhook endpoint"). An event is valid
# if any v1 fits. tern puts the parts of the header into an object by their names, so the last v1 alone is left. One
# would expect what Stripe's own library says: the event, whichever place its signature has. tern verifies header
# by header for many senders, and for those of Standard Webhooks it does try each signature. The README says nothing
# of a roll.
#
# It matters as it shows on the day of a roll only, after all tests. Until the old secret ends, each event whose
# last signature is the other secret's is refused, so refunds and chargebacks that were made at Stripe are missing in
# the ledger, and late if Stripe still sends them again. It looks like a wrong secret, and whoever puts the old one back
# has them refused for good when it ends. Verify with constructEvent() of the package stripe.
#
# Seen with @hookflo/tern 4.1.0 and stripe 23.1.0 (npm), as printed below, for an endpoint that knows one secret:
#   ours: tern valid, stripe valid
#   other, ours: tern valid, stripe valid
#   ours, other: tern Invalid signature, stripe valid
#   other: tern Invalid signature, stripe refuses
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @hookflo/tern@4.1.0 stripe@23.1.0 > /dev/null

cat > roll.mjs <<'JS'
import { createHmac } from "node:crypto";
import { WebhookVerificationService } from "@hookflo/tern";
import Stripe from "stripe";

const SECRETS = { ours: "whsec_ours", other: "whsec_other" }; // nobody's
const body = JSON.stringify({
    id: "evt_1", object: "event", type: "charge.refunded", data: { object: { id: "ch_1", amount_refunded: 10900 } },
});
const now = Math.floor(Date.now() / 1000);
const stripe = new Stripe("sk_test_nobody");

const sign = (name) => createHmac("sha256", SECRETS[name]).update(`${now}.${body}`).digest("hex");

async function byTern(header) {
    const request = new Request("http://localhost/", { method: "POST", body, headers: { "stripe-signature": header } });
    const result = await WebhookVerificationService.verifyWithPlatformConfig(request, "stripe", SECRETS.ours);
    return result.isValid ? "valid" : result.error;
}

function byStripe(header) {
    try {
        stripe.webhooks.constructEvent(body, header, SECRETS.ours);
        return "valid";
    } catch {
        return "refuses";
    }
}

for (const names of [["ours"], ["other", "ours"], ["ours", "other"], ["other"]]) {
    const header = [`t=${now}`, ...names.map((name) => `v1=${sign(name)}`)].join(",");
    console.log(`${names.join(", ")}: tern ${await byTern(header)}, stripe ${byStripe(header)}`);
}
JS
said=$(node roll.mjs)
echo "$said"
[ "$said" = "ours: tern valid, stripe valid
other, ours: tern valid, stripe valid
ours, other: tern Invalid signature, stripe valid
other: tern Invalid signature, stripe refuses" ]
