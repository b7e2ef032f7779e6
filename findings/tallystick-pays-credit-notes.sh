#!/bin/sh
# tallystick: a supplier's credit note in Factur-X becomes one more invoice to pay.
#
# An e-invoice says by its type code what it is: 380 is an invoice, 381 a credit note, whose amounts are positive and
# are owed the other way (EN 16931, BT-3; in Factur-X ExchangedDocument/TypeCode). tallystick never reads it. A credit
# note is checked, found in order, kept beside the invoices, counted to the supplier's turnover, and exported for
# QuickBooks as another debit. One would expect a credit, or a document for review; a credit note in UBL, whose root has
# another name, is refused. The README has "Nothing silently wrong", and says nothing of credit notes.
#
# It matters as a supplier's refund is paid back once more: 119.00 less 59.50 is 59.50, and the export has 178.50 to
# pay. All sums within each document agree, so no check can tell. Look at the type code before a file is given to it.
#
# Seen with tallystick-core 1.0.0 (Python), as printed below:
#   invoice (380): ok, exported as -119.00
#   credit note (381): ok, exported as -59.50
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check tallystick-core==1.0.0

cat > books.py <<'PY'
import re
from pathlib import Path

from tallystick.engine import process_file
from tallystick.engine.exports import to_qbo
from tallystick.store import Store

PARTY = "<ram:Name>{}</ram:Name><ram:PostalTradeAddress><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>"


def written(type_code, number, net, tax, gross):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>urn:cen.eu:en16931:2017</ram:ID>
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{type_code}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20240102</udt:DateTimeString></ram:IssueDateTime>
</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:Name>a thing</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>{net}</ram:ChargeAmount>
</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">1</ram:BilledQuantity>
</ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>
<ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>19</ram:RateApplicablePercent>
</ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLineMonetarySummation>
<ram:LineTotalAmount>{net}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>
<ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty>{PARTY.format("a supplier")}</ram:SellerTradeParty>
<ram:BuyerTradeParty>{PARTY.format("a shop")}</ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery/>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:ApplicableTradeTax><ram:CalculatedAmount>{tax}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
<ram:BasisAmount>{net}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>
<ram:RateApplicablePercent>19</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>{net}</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>{net}</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">{tax}</ram:TaxTotalAmount>
<ram:GrandTotalAmount>{gross}</ram:GrandTotalAmount><ram:DuePayableAmount>{gross}</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""


store = Store(Path("books.db"))
for name, type_code, amounts in (
    ("invoice", 380, ("100.00", "19.00", "119.00")),
    ("credit note", 381, ("50.00", "9.50", "59.50")),
):
    path = Path(f"{type_code}.xml")
    path.write_text(written(type_code, f"R-{type_code}", *amounts))
    document = process_file(path, store, Path("templates")).doc
    [export] = to_qbo([document], Path(f"{type_code}.qbo"))
    [amount] = re.findall(r"<TRNAMT>(\S+)", export.read_text())
    status = document.status.value.lower() if not document.issues else document.issues
    print(f"{name} ({type_code}): {status}, exported as {amount}")
PY
said=$(python/bin/python books.py)
echo "$said"
[ "$said" = "invoice (380): ok, exported as -119.00
credit note (381): ok, exported as -59.50" ]
