//! The standard library's conversions, for the words that have them.

use std::{str::FromStr, time::SystemTime};

use crate::words::{
    chain::Head,
    charge::ChargeStatus,
    currency::Currency,
    error::{Error, Result},
    idempotency::IdempotencyKey,
    money::{Amount, Fee, SignedAmount},
    refund::{Reason, RefundStatus},
    statement::LineType,
    time::Timestamp,
    transfer::{PayoutStatus, TransferKind},
};

/// From minor units, checked as `from_minor` checks them.
macro_rules! from_minor_units {
    ($($money:ty),*) => {$(
        impl TryFrom<i64> for $money {
            type Error = Error;

            fn try_from(minor: i64) -> Result<Self> {
                Self::from_minor(minor)
            }
        }
    )*};
}

from_minor_units!(Amount, Fee, SignedAmount);

/// From the text that `Display` writes, or that the API has.
macro_rules! from_text {
    ($($word:ty: $read:path),*) => {$(
        impl FromStr for $word {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                $read(text)
            }
        }
    )*};
}

from_text!(
    ChargeStatus: ChargeStatus::from_name,
    Currency: Currency::from_code,
    Head: Head::parse,
    IdempotencyKey: IdempotencyKey::new,
    LineType: LineType::from_name,
    PayoutStatus: PayoutStatus::from_name,
    Reason: Reason::from_name,
    RefundStatus: RefundStatus::from_name,
    Timestamp: Timestamp::parse,
    TransferKind: TransferKind::from_name
);

/// To the millisecond, held within [`Timestamp::MIN`] and [`Timestamp::MAX`].
impl From<SystemTime> for Timestamp {
    fn from(moment: SystemTime) -> Self {
        let millis = |span: std::time::Duration| i64::try_from(span.as_millis());
        Self::from_millis(match moment.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => millis(after).unwrap_or(i64::MAX),
            Err(before) => millis(before.duration()).map_or(i64::MIN, i64::saturating_neg),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_read_is_checked() {
        assert_eq!(Amount::try_from(1).unwrap().minor(), 1);
        assert!(Amount::try_from(0).is_err() && SignedAmount::try_from(0).is_err());
        assert_eq!(Fee::try_from(0).unwrap(), Fee::ZERO);
        assert_eq!("KWD".parse::<Currency>().unwrap().code(), "KWD");
        assert!("kwd".parse::<Currency>().is_err());
        assert_eq!("duplicate".parse::<Reason>().unwrap(), Reason::Duplicate);
        assert_eq!("failed".parse::<RefundStatus>().unwrap(), RefundStatus::Failed);
        assert!("Failed".parse::<RefundStatus>().is_err());
        let moment: Timestamp = "1969-12-31T23:59:59.999Z".parse().unwrap();
        assert_eq!(moment.millis(), -1);
    }

    #[test]
    fn the_systems_moments_are_kept_in_range() {
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(Timestamp::from(epoch + Duration::from_millis(1_500)).millis(), 1_500);
        assert_eq!(Timestamp::from(epoch - Duration::from_millis(1_500)).millis(), -1_500);
        let late = epoch + Duration::from_secs(1 << 40);
        assert_eq!(Timestamp::from(late), Timestamp::MAX);
    }
}
