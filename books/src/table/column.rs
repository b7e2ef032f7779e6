//! What the tables have in their columns, whatever the format.

use refundry::{Hash, Timestamp};

use super::Table;
use crate::money::Major;

/// A column of a table.
#[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "CSV has nothing but texts"))]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether a row may have nothing in it.
    pub(super) is_optional: bool,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Texts that are mostly different.
    Text,
    /// One of a few words.
    Word,
    Number,
    Moment,
    Major,
}

/// What stands in one column of one row.
pub(super) enum Cell<'a> {
    /// A word or an id of the ledger's own.
    Name(Option<&'a str>),
    /// A text that a stranger chose.
    Text(Option<&'a str>),
    Hash(Hash),
    Number(i64),
    Moment(Timestamp),
    Major(Major),
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, is_optional: false }
}

const fn optional(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, is_optional: true }
}

const fn word(name: &'static str) -> Column {
    Column { name, kind: Kind::Word, is_optional: false }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number, is_optional: false }
}

const fn moment(name: &'static str) -> Column {
    Column { name, kind: Kind::Moment, is_optional: false }
}

const fn major(name: &'static str) -> Column {
    Column { name, kind: Kind::Major, is_optional: false }
}

const JOURNAL: [Column; 13] = [
    text("entry"),
    number("posting"),
    word("cause"),
    text("source"),
    optional("reverses"),
    moment("effectiveAt"),
    moment("recordedAt"),
    word("debit"),
    word("credit"),
    word("currency"),
    major("amount"),
    number("amountMinor"),
    text("hash"),
];

const STATEMENT: [Column; 13] = [
    text("id"),
    word("type"),
    text("source"),
    moment("createdAt"),
    moment("availableOn"),
    word("status"),
    word("currency"),
    major("amount"),
    major("fee"),
    major("net"),
    number("amountMinor"),
    number("feeMinor"),
    number("netMinor"),
];

const REFUNDS: [Column; 13] = [
    text("id"),
    text("chargeId"),
    optional("paymentIntentId"),
    moment("createdAt"),
    word("status"),
    word("currency"),
    major("amount"),
    number("amountMinor"),
    Column { name: "reason", kind: Kind::Word, is_optional: true },
    text("balanceTransactionId"),
    text("journalEntryId"),
    optional("externalReference"),
    optional("description"),
];

const DISPUTES: [Column; 15] = [
    text("id"),
    text("chargeId"),
    optional("paymentIntentId"),
    moment("createdAt"),
    word("status"),
    word("currency"),
    major("amount"),
    major("fee"),
    word("feeReturned"),
    number("amountMinor"),
    number("feeMinor"),
    Column { name: "reason", kind: Kind::Word, is_optional: true },
    text("balanceTransactionId"),
    text("journalEntryId"),
    optional("networkReference"),
];

const CHARGES: [Column; 18] = [
    text("id"),
    optional("paymentIntentId"),
    moment("createdAt"),
    moment("availableOn"),
    word("status"),
    word("currency"),
    major("amount"),
    major("amountCaptured"),
    major("amountRefunded"),
    major("amountDisputed"),
    major("amountElsewhere"),
    major("fee"),
    number("amountMinor"),
    number("amountCapturedMinor"),
    number("amountRefundedMinor"),
    number("amountDisputedMinor"),
    number("amountElsewhereMinor"),
    number("feeMinor"),
];

impl Table {
    /// Its columns, in the order of each row's cells.
    pub(super) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Journal => &JOURNAL,
            Self::Statement => &STATEMENT,
            Self::Refunds => &REFUNDS,
            Self::Charges => &CHARGES,
            Self::Disputes => &DISPUTES,
        }
    }
}
