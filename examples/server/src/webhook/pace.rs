//! How patient the courier is.

use std::time::Duration;

/// How long to wait for an answer, and when to send an event again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// An answer must have come within this time.
    pub(crate) deadline: Duration,
    /// An event that did not arrive for so long is set aside.
    pub(crate) give_up_after: Duration,
}

/// The pause after the first attempt; each further one doubles it.
const FIRST: Duration = Duration::from_secs(1);

/// No pause is longer: four hours and a half.
const LONGEST: Duration = Duration::from_secs(1 << 14);

impl Default for Pace {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days.saturating_mul(24 * 60 * 60));
        Self { deadline: Duration::from_secs(10), give_up_after: days(3) }
    }
}

/// How long to wait after so many attempts. Half of the pause is a matter of luck (`random` is any
/// number), so that endpoints that failed together do not come back together.
pub(crate) fn pause(attempts: u32, random: u32) -> Duration {
    let whole =
        FIRST.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    let half = whole.min(LONGEST).mul_f64(0.5);
    half.saturating_add(half.mul_f64(f64::from(random) / f64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_hours_and_half_of_each_is_luck() {
        for (attempts, seconds) in
            [(1, 1), (2, 2), (5, 16), (15, 16_384), (16, 16_384), (99, 16_384)]
        {
            let longest = Duration::from_secs(seconds);
            assert_eq!(pause(attempts, 0), longest / 2, "{attempts}");
            assert_eq!(pause(attempts, u32::MAX), longest, "{attempts}");
        }
        let in_the_middle = pause(5, u32::MAX / 2);
        assert!(in_the_middle > Duration::from_secs(11) && in_the_middle < Duration::from_secs(13));
    }

    #[test]
    fn in_three_days_an_event_is_sent_some_thirty_times() {
        let mut sent = (1, Duration::ZERO);
        while sent.1 < Pace::default().give_up_after {
            sent = (sent.0 + 1, sent.1 + pause(sent.0, u32::MAX / 2));
        }
        assert!((28..40).contains(&sent.0), "{sent:?}");
    }
}
