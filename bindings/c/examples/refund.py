"""A sale and its refund in Python, by cffi, on a ledger in the file that is named.

    python3 examples/refund.py FILE
"""

import pathlib
import sys

import cffi

package = pathlib.Path(__file__).resolve().parent.parent
ffi = cffi.FFI()
ffi.cdef((package / "include/refundry-ffi.h").read_text(encoding="utf-8"))
refundry = ffi.dlopen(str(package / "lib/librefundry.so"))


def done(status, ledger=ffi.NULL):
    """Goes on only if it was done."""
    if status != refundry.REFUNDRY_OK:
        sys.exit(ffi.string(refundry.refundry_errmsg(ledger)).decode())


def struct(kind, texts, **fields):
    """A struct that is to be filled, and the texts that it points to, which it does not own."""
    kept = {name: ffi.new("char[]", text.encode()) for name, text in texts.items()}
    return ffi.new(kind + " *", {"struct_size": ffi.sizeof(kind), **kept, **fields}), kept


def text(pointer):
    return ffi.string(pointer).decode()


def refund_a_sale(ledger, book):
    sale, _kept = struct(
        "refundry_new_charge",
        {"id": "ch_receipt_17", "currency": "EGP"},
        status=refundry.REFUNDRY_CHARGE_SUCCEEDED,
        amount=22604,  # piastres
        amount_captured=22604,
        fee=912,
    )
    charge = ffi.new("const refundry_charge **")
    done(refundry.refundry_charge_create(book, sale, b"sale-17", charge), ledger)
    refundry.refundry_free(charge[0])

    request, _kept = struct("refundry_refund_request", {"charge_id": "ch_receipt_17"})
    refund = ffi.new("const refundry_refund **")
    # The key makes a second press of the button harmless.
    done(refundry.refundry_refund_create(book, request, 10900, b"return-17-1", refund), ledger)
    made = refund[0]
    amount = ffi.new("char[]", refundry.REFUNDRY_AMOUNT_SIZE)
    done(
        refundry.refundry_format_amount(ledger, made.currency, made.amount, amount, len(amount)),
        ledger,
    )
    before = ", as it did before" if made.replayed else ""
    currency, amount = text(made.currency), text(amount)
    print(f"{text(made.id)} gives back {currency} {amount} of {text(made.charge_id)}{before}")
    refundry.refundry_free(made)


def main():
    ledger, book = ffi.new("refundry_ledger **"), ffi.new("refundry_book **")
    path = sys.argv[1].encode()
    done(refundry.refundry_open(refundry.REFUNDRY_ABI, path, ffi.NULL, ledger))
    shop, _kept = struct("refundry_new_merchant", {"id": "acct_cairo", "name": "Cairo Books"})
    merchant = ffi.new("const refundry_merchant **")
    status = refundry.refundry_merchant_create(ledger[0], shop, merchant)
    if status != refundry.REFUNDRY_RESOURCE_CONFLICT:  # it may be there already
        done(status, ledger[0])
        refundry.refundry_free(merchant[0])
    done(refundry.refundry_book_open(ledger[0], b"acct_cairo", book), ledger[0])
    refund_a_sale(ledger[0], book[0])
    refundry.refundry_book_close(book[0])
    refundry.refundry_close(ledger[0])


main()
