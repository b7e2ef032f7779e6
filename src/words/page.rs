//! Pages of lists, newest first, continued by the last id seen.

use serde::{Deserialize, Serialize};

use crate::words::error::{Error, Result};

/// Which page of a list: the first, or the one after an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most this many objects, 1 to 100.
    pub limit: u32,
    /// The id of the last object of the page before; `None` for the first page.
    pub starting_after: Option<String>,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 10, starting_after: None }
    }
}

impl Page {
    pub(crate) fn limit(&self) -> Result<Limit> {
        if (1..=100).contains(&self.limit) {
            Ok(Limit(self.limit))
        } else {
            Err(Error::ParameterInvalid {
                param: "limit",
                expected: "a whole number from 1 to 100",
            })
        }
    }

    /// The error for a `starting_after` that names nothing.
    pub(crate) const UNKNOWN: Error = Error::ParameterInvalid {
        param: "startingAfter",
        expected: "the id of an object of this list",
    };
}

/// How many objects at most.
#[derive(Clone, Copy)]
pub(crate) struct Limit(u32);

impl Limit {
    pub(crate) const ONE: Self = Self(1);

    pub(crate) const fn of(limit: u32) -> Self {
        Self(limit)
    }

    pub(crate) const fn rows(self) -> u32 {
        self.0
    }

    /// One more than asked for tells whether there are more.
    pub(crate) const fn rows_and_one_more(self) -> u32 {
        self.0.saturating_add(1)
    }
}

/// A page of a list; in JSON, `{"object":"list","data":[…],"hasMore":…}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "list", rename_all = "camelCase")]
pub struct List<T> {
    /// The objects, newest first.
    pub data: Vec<T>,
    /// Whether there are objects after these.
    pub has_more: bool,
}

impl<T> List<T> {
    /// Makes a page of what a query for one row more than the limit returned.
    pub(crate) fn of(mut data: Vec<T>, limit: Limit) -> Self {
        let most = usize::try_from(limit.0).unwrap_or(usize::MAX);
        let has_more = data.len() > most;
        data.truncate(most);
        Self { data, has_more }
    }
}
