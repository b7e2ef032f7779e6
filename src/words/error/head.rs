//! Why a head that was kept does not go on from what a book has.

use std::fmt;

/// Why a head that was kept is none that a book has had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadProblem {
    /// The book ends before it: it was restored from an older copy.
    RolledBack {
        /// The head's number.
        at: i64,
    },
    /// The book has another hash there: since some earlier number the two go separate ways.
    Forked {
        /// The head's number.
        at: i64,
    },
}

/// What happened, what was not changed, and what to do.
pub(super) struct Told<'a> {
    pub(super) merchant_id: &'a str,
    pub(super) problem: HeadProblem,
    pub(super) after: i64,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { merchant_id, problem, after } = self;
        match problem {
            HeadProblem::RolledBack { at } => write!(
                f,
                "the book of {merchant_id} ends at {after}, before the {at} to go on from: it was \
                 restored from an older copy; nothing was read; find out what is missing since, and \
                 go on from a head of this book"
            ),
            HeadProblem::Forked { at } => write!(
                f,
                "the book of {merchant_id} never had the {at} to go on from: the two forked, or are \
                 different books; nothing was read; find out where they part, and go on from a head \
                 of this book"
            ),
        }
    }
}
