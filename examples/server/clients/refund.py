"""A refund in part with the client of openapi-python-client, read back in full."""

import sys

sys.dont_write_bytecode = True

sys.path.insert(0, sys.argv[3])

from refundry_client import AuthenticatedClient
from refundry_client.api.refunds import create_refund, get_refund
from refundry_client.models import Error, RefundOfCharge

address, key = sys.argv[1:3]
client = AuthenticatedClient(base_url=address, token=key)
asked = {
    "chargeId": "ch_1",
    "amount": "104",
    "reason": "requested_by_customer",
    "description": "a torn page",
    "metadata": {"order": "17"},
    "externalReference": "T-104",
}
made = create_refund.sync(client=client, body=RefundOfCharge.from_dict(asked))
assert made and not isinstance(made, Error), made
shown = made.to_dict()
for name, value in asked.items():
    assert shown[name] == value, (name, shown)
assert (made.currency, made.status, made.payment_intent_id) == ("EGP", "succeeded", "pi_1"), shown

found = get_refund.sync(made.id, client=client)
assert found and not isinstance(found, Error), found
read = found.to_dict()
ledger = read.pop("ledger")
assert read == shown, (read, shown)
assert ledger["postings"][0]["amount"] == "104", ledger
print(f"openapi-python-client: refunded {made.amount} of {made.charge_id}")
