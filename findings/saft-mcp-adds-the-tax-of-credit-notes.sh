#!/bin/sh
# saft-mcp: in a summary of Portugal's SAF-T the VAT of credit notes is added to that of the sales, not taken off.
#
# SAF-T (PT) has no signs. A line has either a CreditAmount, or a DebitAmount if it lowers the revenue: so the lines of
# a credit note (NC), and an invoice's line that takes off what was invoiced in advance (Portaria 302/2016, "Line").
# This package takes the one that a line has. Its saft_summary takes credit notes off the revenue, but adds their tax
# to the sales' in vat_breakdown. Its saft_tax_summary takes them off, but adds lines that an invoice takes off. One
# would expect 18.40 of tax from both, which is what the documents' own TaxPayable come to. The README offers VAT
# breakdowns, and an assistant that answers from them.
#
# It matters as a refund is counted twice, the wrong way: the tax to pay is more than double, beside a revenue that is
# right. The file's own totals of debits and credits, which are there for this, are not compared. And both answers
# come from one package, so asking the other tool does not help. Add up TaxPayable, and take off that of credit notes.
#
# Seen with saft-mcp 0.1.0 (Python), as printed below, for a sale of 100.00 (and 23 % of tax), a credit note of 40.00,
# and an invoice of 50.00 less 30.00 that were invoiced in advance:
#   documents: revenue 98.40, tax 18.40
#   saft_summary: revenue 98.40, tax 50.60
#   saft_tax_summary: revenue 172.20, tax 32.20
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check saft-mcp==0.1.0

cat > summaries.py <<'PY'
from decimal import Decimal

from saft_mcp.state import SessionState
from saft_mcp.tools.load import load_saft
from saft_mcp.tools.summary import summarize_saft
from saft_mcp.tools.tax_summary import tax_summary

RATE = Decimal("0.23")
DOCUMENTS = [  # type, and what its lines credit and debit
    ("FT", [("Credit", "100.00")]),
    ("NC", [("Debit", "40.00")]),
    ("FT", [("Credit", "50.00"), ("Debit", "30.00")]),
]


def line(number, side, amount):
    return (
        f"<Line><LineNumber>{number}</LineNumber><ProductCode>1</ProductCode>"
        "<ProductDescription>a thing</ProductDescription><Quantity>1</Quantity><UnitOfMeasure>UN</UnitOfMeasure>"
        f"<UnitPrice>{amount}</UnitPrice><TaxPointDate>2024-01-02</TaxPointDate><Description>a thing</Description>"
        f"<{side}Amount>{amount}</{side}Amount><Tax><TaxType>IVA</TaxType><TaxCountryRegion>PT</TaxCountryRegion>"
        "<TaxCode>NOR</TaxCode><TaxPercentage>23.00</TaxPercentage></Tax></Line>"
    )


def document(number, kind, lines, net):
    body = "".join(line(place, *one) for place, one in enumerate(lines, start=1))
    return (
        f"<Invoice><InvoiceNo>{kind} A/{number}</InvoiceNo><ATCUD>0</ATCUD><DocumentStatus>"
        "<InvoiceStatus>N</InvoiceStatus><InvoiceStatusDate>2024-01-02T10:00:00</InvoiceStatusDate>"
        "<SourceID>1</SourceID><SourceBilling>P</SourceBilling></DocumentStatus><Hash>0</Hash>"
        "<HashControl>0</HashControl><InvoiceDate>2024-01-02</InvoiceDate>"
        f"<InvoiceType>{kind}</InvoiceType><SpecialRegimes><SelfBillingIndicator>0</SelfBillingIndicator>"
        "<CashVATSchemeIndicator>0</CashVATSchemeIndicator>"
        "<ThirdPartiesBillingIndicator>0</ThirdPartiesBillingIndicator></SpecialRegimes><SourceID>1</SourceID>"
        f"<SystemEntryDate>2024-01-02T10:00:00</SystemEntryDate><CustomerID>1</CustomerID>{body}<DocumentTotals>"
        f"<TaxPayable>{net * RATE:.2f}</TaxPayable><NetTotal>{net}</NetTotal>"
        f"<GrossTotal>{net * (1 + RATE):.2f}</GrossTotal></DocumentTotals></Invoice>"
    )


body, revenue, tax = "", Decimal(0), Decimal(0)
sides = {"Credit": Decimal(0), "Debit": Decimal(0)}
for number, (kind, lines) in enumerate(DOCUMENTS, start=1):
    for side, amount in lines:
        sides[side] += Decimal(amount)
    net = abs(sum(Decimal(amount) if side == "Credit" else -Decimal(amount) for side, amount in lines))
    body += document(number, kind, lines, net)
    sign = -1 if kind == "NC" else 1
    revenue += sign * net * (1 + RATE)
    tax += sign * net * RATE
print(f"documents: revenue {revenue:.2f}, tax {tax:.2f}")

ADDRESS = "<AddressDetail>1</AddressDetail><City>Lisboa</City><PostalCode>1000-001</PostalCode><Country>PT</Country>"
with open("saft.xml", "w") as file:
    file.write(
        '<?xml version="1.0" encoding="UTF-8"?><AuditFile xmlns="urn:OECD:StandardAuditFile-Tax:PT_1.04_01"><Header>'
        "<AuditFileVersion>1.04_01</AuditFileVersion><CompanyID>1</CompanyID>"
        "<TaxRegistrationNumber>500000000</TaxRegistrationNumber><TaxAccountingBasis>F</TaxAccountingBasis>"
        f"<CompanyName>a shop</CompanyName><CompanyAddress>{ADDRESS}</CompanyAddress><FiscalYear>2024</FiscalYear>"
        "<StartDate>2024-01-01</StartDate><EndDate>2024-01-31</EndDate><CurrencyCode>EUR</CurrencyCode>"
        "<DateCreated>2024-02-01</DateCreated><TaxEntity>Global</TaxEntity>"
        "<ProductCompanyTaxID>500000000</ProductCompanyTaxID>"
        "<SoftwareCertificateNumber>0</SoftwareCertificateNumber><ProductID>a/b</ProductID>"
        "<ProductVersion>1</ProductVersion></Header><MasterFiles><Customer><CustomerID>1</CustomerID>"
        "<AccountID>Desconhecido</AccountID><CustomerTaxID>999999990</CustomerTaxID>"
        f"<CompanyName>Consumidor final</CompanyName><BillingAddress>{ADDRESS}</BillingAddress>"
        "<SelfBillingIndicator>0</SelfBillingIndicator></Customer></MasterFiles><SourceDocuments><SalesInvoices>"
        f"<NumberOfEntries>{len(DOCUMENTS)}</NumberOfEntries><TotalDebit>{sides['Debit']}</TotalDebit>"
        f"<TotalCredit>{sides['Credit']}</TotalCredit>{body}</SalesInvoices></SourceDocuments></AuditFile>"
    )

session = SessionState()
load_saft(session, "saft.xml")
summary = summarize_saft(session)
[rate] = summary["vat_breakdown"]
print(f"saft_summary: revenue {summary['net_revenue']}, tax {rate['tax_amount']}")
totals = tax_summary(session)["totals"]
print(f"saft_tax_summary: revenue {totals['gross_total']}, tax {totals['tax_amount']}")
PY
said=$(python/bin/python summaries.py)
echo "$said"
[ "$said" = "documents: revenue 98.40, tax 18.40
saft_summary: revenue 98.40, tax 50.60
saft_tax_summary: revenue 172.20, tax 32.20" ]
