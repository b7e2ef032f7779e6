//! News: what the engine has of books after what the cache has of them.

use std::{collections::BTreeMap, sync::Arc};

use refundry::{Error, Mark};

use super::Cache;
use crate::{engine::Group, line};

/// How many recordings of several books are taken in in one transaction at most: until that ends, the
/// file's log grows.
pub(super) const TOGETHER: usize = 1_000;

/// What is new in a book.
pub(crate) struct News {
    pub(crate) merchant: String,
    pub(crate) lines: Vec<String>,
    /// The engine has no more.
    pub(crate) is_all: bool,
}

/// Why a recording of the engine could not be taken in.
pub(crate) enum NotTaken {
    /// This book can't go on in this node.
    Book(String),
    /// The cache failed.
    Cache(Error),
}

impl Cache {
    /// Takes in recordings of several books that follow their heads in one transaction. Does nothing, and
    /// tells so, if that can't be, or if they are many: what is wrong with one book is found by taking
    /// them in one by one.
    pub(crate) fn take_in_together(&mut self, books: &[News]) -> bool {
        let ends: Option<Vec<Mark>> =
            books.iter().map(|book| line::mark(book.lines.last()?)).collect();
        let all_shared = books.iter().all(|book| !self.own.contains_key(&book.merchant));
        let are_few = books.iter().map(|book| book.lines.len()).sum::<usize>() <= TOGETHER;
        let (Some(ends), Some(ledger), true) = (ends, &mut self.ledger, all_shared && are_few)
        else {
            return false;
        };
        let taken_in = ledger.begin_batch().and_then(|()| {
            for News { merchant, lines, .. } in books {
                ledger.apply_all(merchant, lines.iter().map(String::as_str))?;
            }
            ledger.commit_batch()
        });
        let merchants = books.iter().map(|book| &book.merchant);
        if taken_in.is_err() {
            ledger.roll_back_batch();
            // Where a commit fails, nobody knows where the books end.
            for merchant in merchants {
                self.heads.remove(merchant);
            }
            return false;
        }
        self.heads.extend(merchants.cloned().zip(ends));
        true
    }

    /// Takes in recordings of one book that follow its head, all or none of them.
    pub(crate) fn take_in(&mut self, book: &News) -> std::result::Result<(), NotTaken> {
        let News { merchant, lines, .. } = book;
        let Some(last) = lines.last() else { return Ok(()) };
        let last = line::mark(last).ok_or_else(|| unknown(merchant))?;
        let ledger = self.ledger_of(merchant).map_err(NotTaken::Cache)?;
        let applied = ledger.apply_all(merchant, lines.iter().map(String::as_str));
        let ended = applied.map_err(|error| match error {
            Error::InvalidRequest { .. } => unknown(merchant),
            error @ (Error::Feed { .. } | Error::Forked { .. }) => NotTaken::Book(format!(
                "what the database has does not follow ({error}); compare it with a backup"
            )),
            error => NotTaken::Cache(error),
        });
        self.heads.remove(merchant);
        ended?;
        self.heads.insert(merchant.clone(), last);
        Ok(())
    }

    /// Takes in what was undone although the engine has kept it. What can't be taken in comes from the
    /// engine later.
    pub(crate) fn put_back(&mut self, groups: &[Arc<Group>]) {
        let mut books: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for recording in groups.iter().flat_map(|group| &group.recordings) {
            books.entry(&recording.merchant).or_default().push(line::whole(recording.into()));
        }
        for (merchant, lines) in books {
            let book = News { merchant: merchant.to_owned(), lines, is_all: true };
            match self.take_in(&book) {
                Ok(()) => self.is_whole(merchant),
                Err(_) => self.is_ahead(merchant),
            }
        }
    }
}

fn unknown(merchant: &str) -> NotTaken {
    NotTaken::Book(format!(
        "the database has recordings of {merchant} that this version does not know; upgrade this node"
    ))
}
