//! The keys of rows: the merchant's number in the upper bits, and in the lower ones the number of the
//! row within the merchant's book.

/// How many bits a number within a book has: a million million rows.
const BITS: u32 = 40;

/// The largest number of a merchant: as many as the bits above have room for.
pub(crate) const LAST_MERCHANT: i64 = i64::MAX >> BITS;

/// The key of a row of a merchant's book.
pub(crate) const fn key(merchant: i64, number: i64) -> i64 {
    (merchant << BITS) | number
}

/// The number within its book of the row with this key.
pub(crate) const fn within(key: i64) -> i64 {
    key & LARGEST
}

/// The merchant in whose book the row with this key is.
pub(crate) const fn merchant(key: i64) -> i64 {
    key >> BITS
}

/// The largest key of a merchant's book; the smallest is `key(merchant, 0)`.
pub(crate) const fn last(merchant: i64) -> i64 {
    key(merchant, LARGEST)
}

/// The largest number within a book.
const LARGEST: i64 = (1 << BITS) - 1;
