#!/bin/sh
# stripe-xrechnung: an invoice over 95.20 with a coupon becomes an e-invoice over 119.00, and 7 % of tax becomes 19 %.
#
# A line of a Stripe invoice has its amount before discounts, and discount_amounts beside it; total_discount_amounts
# and total say what the buyer owes (Stripe's API, "The Invoice Line Item object"). The package takes the amounts and
# adds 19 % to them; it reads no discount. And tax_amounts has the tax rate's id where it was not expanded, as in every
# event. Then the package takes 19 %, although the tax itself stands beside it. One would expect 95.20 and 107.00, or
# a refusal. The README says that subtotal, tax and total are for a cross-check only; there is none, and its own
# validation, with the tax computed again, finds nothing.
#
# It matters as the e-invoice is the invoice in Germany: its issuer owes the state the tax that it shows, and the
# buyer pays by it. A later refund of Stripe's total leaves a part open that nobody ever paid. Compare the e-invoice's
# PayableAmount with total before it is sent.
#
# Seen with stripe-xrechnung 0.1.0 (Python), as printed below: what Stripe's invoice says, and the e-invoice:
#   plain: Stripe 119.00, of it tax 19.00; e-invoice 119.00, of it tax 19.00; valid
#   coupon: Stripe 95.20, of it tax 15.20; e-invoice 119.00, of it tax 19.00; valid
#   7 %: Stripe 107.00, of it tax 7.00; e-invoice 119.00, of it tax 19.00; valid
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check stripe-xrechnung==0.1.0

cat > invoices.py <<'PY'
from lxml import etree
from stripe_xrechnung import emit_ubl, map_stripe, validate_invoice

ADDRESS = {"street": "a street", "city": "Berlin", "postal_code": "10115", "country": "DE"}
SELLER = {
    "name": "a shop", "vat_id": "DE123456789", "email": "shop@example.com", "phone": "+49 30 000000",
    "contact_name": "a desk", "iban": "DE89370400440532013000", **ADDRESS,
}
BUYER = {"line1": "a street", "city": "Berlin", "postal_code": "10115", "country": "DE"}


def invoice(tax_rate, tax, discount):
    discounts = [{"amount": discount, "discount": "di_1"}] if discount else []
    net = 10000 - discount
    line = {
        "id": "il_1", "object": "line_item", "description": "a plan", "quantity": 1, "amount": 10000,
        "price": {"unit_amount": 10000}, "discount_amounts": discounts,
        "tax_amounts": [{"amount": tax, "inclusive": False, "tax_rate": tax_rate, "taxable_amount": net}],
    }
    return {
        "id": "in_1", "object": "invoice", "number": "A-1", "currency": "eur", "created": 1704153600,
        "customer_name": "a buyer", "customer_email": "buyer@example.com", "customer_address": BUYER,
        "metadata": {"buyer_reference": "order-1"}, "lines": {"object": "list", "data": [line]},
        "subtotal": 10000, "total_discount_amounts": discounts, "total_excluding_tax": net, "tax": tax,
        "total": net + tax, "amount_due": net + tax,
    }


def amount(tree, path):
    return tree.find(path, {key: value for key, value in tree.nsmap.items() if key}).text


EXPANDED = {"id": "txr_1", "object": "tax_rate", "inclusive": False, "percentage": 19.0}
for name, source in (
    ("plain", invoice(EXPANDED, 1900, 0)),
    ("coupon", invoice(EXPANDED, 1520, 2000)),
    ("7 %", invoice("txr_2", 700, 0)),
):
    result = map_stripe(source, seller_overlay=SELLER)
    tree = etree.fromstring(emit_ubl(result))
    payable = amount(tree, "cac:LegalMonetaryTotal/cbc:PayableAmount")
    tax = amount(tree, "cac:TaxTotal/cbc:TaxAmount")
    report = validate_invoice(result, profile="xrechnung-ubl")
    print(
        f"{name}: Stripe {source['total'] / 100:.2f}, of it tax {source['tax'] / 100:.2f}; "
        f"e-invoice {payable}, of it tax {tax}; {'valid' if report.ok and not report.issues else report.issues}"
    )
PY
said=$(python/bin/python invoices.py)
echo "$said"
[ "$said" = "plain: Stripe 119.00, of it tax 19.00; e-invoice 119.00, of it tax 19.00; valid
coupon: Stripe 95.20, of it tax 15.20; e-invoice 119.00, of it tax 19.00; valid
7 %: Stripe 107.00, of it tax 7.00; e-invoice 119.00, of it tax 19.00; valid" ]
