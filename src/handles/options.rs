//! How a ledger is opened.

use std::{ops::ControlFlow, time::Duration};

use crate::words::{
    access::{Access, Durability},
    id::{Random, random_of_ids},
    progress::OnUpgrade,
    time::Timestamp,
};

/// How to open a ledger. The defaults are the system's clock and random numbers.
///
/// More fields may come, here as in every request: end a literal with `..`.
///
/// ```
/// use refundry::{Access, Ledger, Options};
///
/// let options = Options { access: Access::Open, cache_kib: 4_096, ..Options::default() };
/// assert!(Ledger::open("no-such-ledger", options).is_err());
/// ```
pub struct Options {
    /// What may be done to the file.
    pub access: Access,
    /// When what was committed is on disk.
    pub durability: Durability,
    /// The clock, read once for each operation.
    pub clock: Box<dyn FnMut() -> Timestamp + Send>,
    /// The source of the ids and salts. Only recorded operations draw from it, ten bytes for an
    /// id and then sixteen for a salt where there is personal text. API keys don't: they come
    /// from the operating system alone.
    pub random: Random,
    /// How long to wait for another process that writes, before [`Error::LockTimeout`](crate::Error::LockTimeout).
    pub busy_timeout: Duration,
    /// How much of the file is kept in memory at most, in KiB. A larger cache does not make
    /// refunds faster, and costs what it says, twice while a large file is verified.
    pub cache_kib: u32,
    /// Called now and then during the upgrade of an older file. It may stop the upgrade; the file
    /// is then as it was.
    pub upgrading: OnUpgrade,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access: Access::default(),
            durability: Durability::default(),
            clock: Box::new(Timestamp::now),
            random: random_of_ids(),
            busy_timeout: Duration::from_secs(5),
            cache_kib: 2_048,
            upgrading: Box::new(|_| ControlFlow::Continue(())),
        }
    }
}
