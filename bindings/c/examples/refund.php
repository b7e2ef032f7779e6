<?php
/* A sale and its refund in PHP, by FFI, on a ledger in the file that is named.
 *
 *     php examples/refund.php FILE
 */

declare(strict_types=1);

$package = dirname(__DIR__);
$refundry = FFI::cdef(
    file_get_contents("$package/include/refundry-ffi.h"),
    "$package/lib/librefundry.so",
);

/** Goes on only if it was done. */
function done(int $status, ?FFI\CData $ledger = null): void
{
    global $refundry;
    if ($status !== $refundry->REFUNDRY_OK) {
        fwrite(STDERR, $refundry->refundry_errmsg($ledger) . "\n");
        exit(1);
    }
}

/** A text for C; it has to be kept in a variable as long as C reads it. */
function text(string $text): FFI\CData
{
    $bytes = FFI::new('char[' . strlen($text) + 1 . ']');
    FFI::memcpy($bytes, $text, strlen($text));
    return $bytes;
}

/** A struct that is to be filled; its texts are kept by whoever has them in a variable. */
function struct(string $kind, array $fields): FFI\CData
{
    global $refundry;
    $made = $refundry->new($kind);
    $made->struct_size = FFI::sizeof($made);
    foreach ($fields as $name => $value) {
        $made->$name = $value instanceof FFI\CData ? FFI::addr($value[0]) : $value;
    }
    return $made;
}

/** Where a call is to write a pointer. */
function place(string $kind): FFI\CData
{
    global $refundry;
    return $refundry->new("$kind *");
}

function refund_a_sale(FFI\CData $ledger, FFI\CData $book): void
{
    global $refundry;
    [$id, $currency] = [text('ch_receipt_17'), text('EGP')];
    $sale = struct('refundry_new_charge', [
        'id' => $id,
        'status' => $refundry->REFUNDRY_CHARGE_SUCCEEDED,
        'amount' => 22604, // piastres
        'amount_captured' => 22604,
        'fee' => 912,
        'currency' => $currency,
    ]);
    $charge = place('refundry_charge');
    done($refundry->refundry_charge_create($book, FFI::addr($sale), 'sale-17', FFI::addr($charge)), $ledger);
    $refundry->refundry_free($charge);

    $request = struct('refundry_refund_request', ['charge_id' => $id]);
    $refund = place('refundry_refund');
    // The key makes a second press of the button harmless.
    done(
        $refundry->refundry_refund_create($book, FFI::addr($request), 10900, 'return-17-1', FFI::addr($refund)),
        $ledger,
    );
    $size = $refundry->REFUNDRY_AMOUNT_SIZE;
    $amount = FFI::new("char[$size]");
    done($refundry->refundry_format_amount($ledger, $refund->currency, $refund->amount, $amount, $size), $ledger);
    printf(
        "%s gives back %s %s of %s%s\n",
        $refund->id,
        $refund->currency,
        FFI::string($amount),
        $refund->charge_id,
        $refund->replayed ? ', as it did before' : '',
    );
    $refundry->refundry_free($refund);
}

[$ledger, $book] = [place('refundry_ledger'), place('refundry_book')];
done($refundry->refundry_open($refundry->REFUNDRY_ABI, $argv[1], null, FFI::addr($ledger)));
[$shop_id, $shop_name] = [text('acct_cairo'), text('Cairo Books')];
$shop = struct('refundry_new_merchant', ['id' => $shop_id, 'name' => $shop_name]);
$merchant = place('refundry_merchant');
$status = $refundry->refundry_merchant_create($ledger, FFI::addr($shop), FFI::addr($merchant));
if ($status !== $refundry->REFUNDRY_RESOURCE_CONFLICT) { // it may be there already
    done($status, $ledger);
    $refundry->refundry_free($merchant);
}
done($refundry->refundry_book_open($ledger, 'acct_cairo', FFI::addr($book)), $ledger);
refund_a_sale($ledger, $book);
$refundry->refundry_book_close($book);
$refundry->refundry_close($ledger);
