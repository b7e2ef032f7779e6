//! The system's clock, and whether it can be right.

use std::{error::Error, fmt};

use refundry::Timestamp;

/// The clock says a moment that no ledger can write down.
#[derive(Debug)]
pub(crate) struct Wrong;

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the system's clock is not between the years 1970 and 9999; nothing was changed; set it",
        )
    }
}

impl Error for Wrong {}

/// What the clock says. The ledger holds every moment within its range, so a clock that is far off
/// would make it write the end of that range into every object, and let every charge mature.
pub(crate) fn now() -> Result<Timestamp, Wrong> {
    let now = Timestamp::now();
    if now.millis() > 0 && now < Timestamp::MAX { Ok(now) } else { Err(Wrong) }
}
