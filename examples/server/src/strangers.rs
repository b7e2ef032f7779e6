//! Refused keys: how often an address may send one before it is told to wait.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often within a minute.
const ATTEMPTS: u32 = 100;

const MINUTE: Duration = Duration::from_secs(60);

/// How many addresses are told apart. When there are more, those that come later share one count:
/// memory stays bounded, and a valid key is never refused whatever its address did.
const ADDRESSES: usize = 10_000;

/// Counts of refused keys, by address.
#[derive(Default)]
pub(crate) struct Strangers(Mutex<HashMap<IpAddr, Minute>>);

/// The minute since an address was refused first.
struct Minute {
    begun: Instant,
    attempts: u32,
}

impl Strangers {
    /// Counts one more refusal of a key. If there were too many, says for how many seconds more.
    pub(crate) fn refuse(&self, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut source = source(address);
        if known.len() >= ADDRESSES && !known.contains_key(&source) {
            known.retain(|_, minute| now.duration_since(minute.begun) < MINUTE);
            if known.len() >= ADDRESSES {
                source = Ipv6Addr::UNSPECIFIED.into();
            }
        }
        let minute = known.entry(source).or_insert(Minute { begun: now, attempts: 0 });
        if now.duration_since(minute.begun) >= MINUTE {
            *minute = Minute { begun: now, attempts: 0 };
        }
        if minute.attempts < ATTEMPTS {
            minute.attempts = minute.attempts.saturating_add(1);
            return Ok(());
        }
        let left = MINUTE.saturating_sub(now.duration_since(minute.begun));
        Err(left.as_secs().saturating_add(1))
    }
}

/// A client with one IPv6 address usually has the 2^64 of its network.
fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from(number).into()
    }

    #[test]
    fn a_hundred_a_minute() {
        let strangers = Strangers::default();
        let now = Instant::now();
        assert!((0..100).all(|_| strangers.refuse(address(1), now).is_ok()));
        assert_eq!(strangers.refuse(address(1), now), Err(61));
        assert_eq!(strangers.refuse(address(1), now + Duration::from_millis(59_500)), Err(1));
        assert_eq!(strangers.refuse(address(2), now), Ok(()), "others are not held up");
        assert_eq!(strangers.refuse(address(1), now + MINUTE), Ok(()));
    }

    #[test]
    fn an_ipv6_network_is_one_source_and_a_mapped_address_its_own() {
        let of = |text: &str| source(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn memory_stays_bounded() {
        let strangers = Strangers::default();
        let now = Instant::now();
        let many = u32::try_from(ADDRESSES).unwrap();
        for number in 0..2 * many {
            let _ = strangers.refuse(address(number), now);
        }
        let count = || strangers.0.lock().unwrap().len();
        assert_eq!(count(), ADDRESSES + 1);
        assert!(strangers.refuse(address(3 * many), now).is_err(), "they share one count");
        assert_eq!(strangers.refuse(address(3 * many), now + MINUTE), Ok(()));
        assert_eq!(count(), 1, "what is over is forgotten");
    }
}
