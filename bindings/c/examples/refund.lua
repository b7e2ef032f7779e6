-- A sale and its refund in LuaJIT, on a ledger in the file that is named.
--
--     luajit examples/refund.lua FILE

local ffi = require("ffi")

local package = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/.."
ffi.cdef(assert(io.open(package .. "/include/refundry-ffi.h")):read("*a"))
local refundry = ffi.load(package .. "/lib/librefundry.so")

-- Goes on only if it was done.
local function done(status, ledger)
    if status ~= refundry.REFUNDRY_OK then
        io.stderr:write(ffi.string(refundry.refundry_errmsg(ledger)), "\n")
        os.exit(1)
    end
end

-- A struct that is to be filled. Its texts are kept by whoever has them in a variable.
local function struct(kind, fields)
    local made = ffi.new(kind)
    made.struct_size = ffi.sizeof(kind)
    for name, value in pairs(fields) do
        made[name] = value
    end
    return made
end

local function refund_a_sale(ledger, book)
    local id, currency = "ch_receipt_17", "EGP"
    local sale = struct("refundry_new_charge", {
        id = id,
        status = refundry.REFUNDRY_CHARGE_SUCCEEDED,
        amount = 22604, -- piastres
        amount_captured = 22604,
        fee = 912,
        currency = currency,
    })
    local charge = ffi.new("const refundry_charge *[1]")
    done(refundry.refundry_charge_create(book, sale, "sale-17", charge), ledger)
    refundry.refundry_free(charge[0])

    local request = struct("refundry_refund_request", { charge_id = id })
    local refund = ffi.new("const refundry_refund *[1]")
    -- The key makes a second press of the button harmless.
    done(refundry.refundry_refund_create(book, request, 10900, "return-17-1", refund), ledger)
    local made = refund[0]
    local size = refundry.REFUNDRY_AMOUNT_SIZE
    local amount = ffi.new("char[?]", size)
    done(refundry.refundry_format_amount(ledger, made.currency, made.amount, amount, size), ledger)
    print(string.format("%s gives back %s %s of %s%s", ffi.string(made.id),
        ffi.string(made.currency), ffi.string(amount), ffi.string(made.charge_id),
        made.replayed ~= 0 and ", as it did before" or ""))
    refundry.refundry_free(made)
end

local ledger, book = ffi.new("refundry_ledger *[1]"), ffi.new("refundry_book *[1]")
done(refundry.refundry_open(refundry.REFUNDRY_ABI, arg[1], nil, ledger), nil)
local shop_id, shop_name = "acct_cairo", "Cairo Books"
local shop = struct("refundry_new_merchant", { id = shop_id, name = shop_name })
local merchant = ffi.new("const refundry_merchant *[1]")
local status = refundry.refundry_merchant_create(ledger[0], shop, merchant)
if status ~= refundry.REFUNDRY_RESOURCE_CONFLICT then -- it may be there already
    done(status, ledger[0])
    refundry.refundry_free(merchant[0])
end
done(refundry.refundry_book_open(ledger[0], shop_id, book), ledger[0])
refund_a_sale(ledger[0], book[0])
refundry.refundry_book_close(book[0])
refundry.refundry_close(ledger[0])
