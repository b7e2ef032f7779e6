//! Why what is known elsewhere of a book does not go on from what the book has.

use std::fmt;

/// Why a line of another ledger's feed, or a head or mark that was kept, does not go on from what a
/// book has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeedProblem {
    /// Recordings between the book's last and the line are missing.
    Gap,
    /// The book has another recording where the line stands.
    LineDiffers,
    /// The line does not follow from the recordings before it.
    DoesNotFollow,
    /// The book ends before the number to go on from: it was restored from an older copy.
    RolledBack {
        /// The number of the head or mark.
        at: i64,
    },
    /// The book had another hash at the number to go on from: since some earlier number the two go
    /// separate ways.
    Forked {
        /// The number of the head or mark.
        at: i64,
    },
}

/// What happened, what was not changed, and what to do.
pub(super) struct Told<'a> {
    pub(super) merchant_id: &'a str,
    pub(super) problem: FeedProblem,
    pub(super) after: i64,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { merchant_id, problem, after } = self;
        match problem {
            FeedProblem::Gap => write!(f, "the line leaves a gap in the book of {merchant_id}")?,
            FeedProblem::LineDiffers => write!(
                f,
                "the line differs from the recording at its place in the book of {merchant_id}: the \
                 two books forked"
            )?,
            FeedProblem::DoesNotFollow => write!(
                f,
                "the line does not follow from the recordings before it in the book of {merchant_id}"
            )?,
            FeedProblem::RolledBack { at } => {
                return write!(
                    f,
                    "the book of {merchant_id} ends at {after}, before the {at} to go on from: it \
                     was restored from an older copy; nothing was read; find out what is missing \
                     since, and go on from a head of this book"
                );
            }
            FeedProblem::Forked { at } => {
                return write!(
                    f,
                    "the book of {merchant_id} never had the {at} to go on from: the two forked, or \
                     are different books; nothing was read; find out where they part, and go on \
                     from a head of this book"
                );
            }
        }
        write!(f, "; nothing of the line was recorded; send the lines after n {after}")
    }
}
