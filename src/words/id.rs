//! Public ids: the caller's own, or a prefix and a UUID v7 in lower-case Crockford base32.

use std::io;

use sha2::{Digest, Sha256};

use crate::words::{
    error::{Error, Result},
    time::Timestamp,
};

/// A source of random bytes: it fills the whole slice, or fails.
pub type Random = Box<dyn FnMut(&mut [u8]) -> io::Result<()> + Send>;

/// The random numbers of the operating system.
pub(crate) fn system_random(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string()))
}

/// So many bytes are drawn at once in WebAssembly: those of a hundred ids.
const AHEAD: usize = 1_000;

/// The system's random numbers for ids. In WebAssembly a call of JavaScript draws them, which costs a tenth of a refund's
/// speed, so they are drawn for many ids at once. Elsewhere they are not: a process that forks would have them twice.
pub(crate) fn random_of_ids() -> Random {
    if cfg!(target_family = "wasm") { ahead(system_random) } else { Box::new(system_random) }
}

/// Draws more than is asked for, and gives each byte once.
fn ahead(mut source: impl FnMut(&mut [u8]) -> io::Result<()> + Send + 'static) -> Random {
    let mut drawn = Vec::new().into_iter();
    Box::new(move |bytes| {
        if drawn.len() < bytes.len() {
            let mut more = vec![0; bytes.len().max(AHEAD)];
            source(&mut more)?;
            drawn = more.into_iter();
        }
        for (byte, drawn) in bytes.iter_mut().zip(&mut drawn) {
            *byte = drawn;
        }
        Ok(())
    })
}

/// A source that gives the same bytes for the same seed, on every target: for simulations and
/// tests, whose ids anyone may guess.
///
/// The bytes are the hashes SHA-256("refundry/random/1" ‖ seed ‖ block), one after another; seed
/// and block number, from 0, are 64-bit integers, big-endian.
#[must_use]
pub fn seeded_random(seed: u64) -> Random {
    let mut stream = (0..=u64::MAX).flat_map(move |block| -> [u8; 32] {
        Sha256::new()
            .chain_update("refundry/random/1")
            .chain_update(seed.to_be_bytes())
            .chain_update(block.to_be_bytes())
            .finalize()
            .into()
    });
    Box::new(move |bytes| {
        for byte in bytes {
            *byte = stream.next().ok_or_else(|| io::Error::other("the source is used up"))?;
        }
        Ok(())
    })
}

/// Draws `N` random bytes.
pub(crate) fn draw<const N: usize>(random: &mut Random) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    random(&mut bytes).map_err(Error::Random)?;
    Ok(bytes)
}

/// Makes an id: `prefix` and the 26 characters of a UUID v7 of this moment. Draws ten bytes.
pub(crate) fn generate(prefix: &str, now: Timestamp, random: &mut Random) -> Result<String> {
    let entropy = draw::<10>(random)?;
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid();
    let mut id = String::with_capacity(prefix.len().saturating_add(26));
    id.push_str(prefix);
    push_base32(&mut id, uuid.as_u128());
    Ok(id)
}

/// Crockford's digits: no i, l, o or u.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Appends the 26 digits of `number` in Crockford's base 32, the most significant first.
pub(crate) fn push_base32(text: &mut String, number: u128) {
    for place in (0..26_u32).rev() {
        let digit = (number >> place.saturating_mul(5)) & 31;
        text.push(char::from(DIGITS[usize::try_from(digit).unwrap_or(0)]));
    }
}

/// Reads what [`push_base32`] writes: 26 lower-case digits of at most 128 bits.
pub(crate) fn parse_base32(text: &str) -> Option<u128> {
    if text.len() != 26 || text.starts_with(|digit| digit > '7') {
        return None;
    }
    text.bytes().try_fold(0, |number, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some((number << 5) | u128::try_from(digit).ok()?)
    })
}

/// Checks the id for a new object, if the caller chose one.
pub(crate) fn check_chosen(id: Option<&str>, prefix: &str) -> Result<()> {
    id.map_or(Ok(()), |id| check(id, prefix, "id"))
}

/// Checks an id that a caller chose: the object's prefix, then `[A-Za-z0-9_-]`, 64 characters in
/// all at most.
pub(crate) fn check(id: &str, prefix: &str, param: &'static str) -> Result<()> {
    let well_formed = id.len() <= 64
        && id.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty()
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        });
    if well_formed {
        Ok(())
    } else {
        Err(Error::ParameterInvalid {
            param,
            expected: "the object's prefix (such as ch_), then letters, digits, _ and -, at most 64 characters in all",
        })
    }
}

/// The id of what has a number in its book: of a journal entry (`je_17`) or a balance transaction (`bt_17`).
pub(crate) fn numbered(prefix: &str, seq: i64) -> String {
    [prefix, &seq.to_string()].concat()
}

/// The sequence number in the id of a journal entry (`je_17`) or balance transaction (`bt_17`).
pub(crate) fn sequence_number(id: &str, prefix: &str) -> Option<i64> {
    let digits = id.strip_prefix(prefix)?;
    let canonical = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    if canonical { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_7_in_base32() {
        let mut random: Random = Box::new(|bytes| {
            bytes.fill(0xff);
            Ok(())
        });
        let id = generate("re_", Timestamp::from_millis(0x0123_4567_89ab), &mut random).unwrap();
        // 01234567-89ab-7fff-bfff-ffffffffffff, 128 bits in 26 digits of 5.
        assert_eq!(id, "re_014d2pf2dbfzzvzzzzzzzzzzzz");
    }

    #[test]
    fn a_seed_gives_the_same_bytes_however_they_are_drawn() {
        let (mut whole, mut parts) = ([0; 40], [0; 40]);
        seeded_random(7)(&mut whole).unwrap();
        let mut random = seeded_random(7);
        parts.chunks_mut(3).for_each(|part| random(part).unwrap());
        assert_eq!(whole, parts);
        assert_eq!(whole[..6], [0x28, 0x17, 0x11, 0x6d, 0xc6, 0x71]);
        seeded_random(8)(&mut parts).unwrap();
        assert_ne!(whole, parts);
    }

    #[test]
    fn base32_is_crockfords() {
        let mut text = String::new();
        push_base32(&mut text, u128::MAX);
        assert_eq!(text, "7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(parse_base32(&text), Some(u128::MAX));
        for wrong in [
            "8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "7zzzzzzzzzzzzzzzzzzzzzzzz",
            "7zzzzzzzzzzzzzzzzzzzzzzzzu",
        ] {
            assert_eq!(parse_base32(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ids_of_callers_are_checked() {
        assert!(check("ch_A-z_9", "ch_", "id").is_ok());
        assert!(check(&format!("ch_{}", "x".repeat(61)), "ch_", "id").is_ok());
        for id in ["", "ch_", "re_1", "ch_é", "ch_ 1", &format!("ch_{}", "x".repeat(62))] {
            assert!(check(id, "ch_", "id").is_err(), "{id}");
        }
    }

    #[test]
    fn sequence_numbers_have_one_spelling() {
        assert_eq!(sequence_number("je_17", "je_"), Some(17));
        for id in ["je_", "je_017", "je_+1", "bt_1", "je_99999999999999999999"] {
            assert_eq!(sequence_number(id, "je_"), None, "{id}");
        }
    }

    #[test]
    fn bytes_that_were_drawn_ahead_are_given_once() {
        let mut draws = (0_u8..).map(|draw| (draw != 1).then_some(draw));
        let mut random = ahead(move |bytes| {
            let draw = draws.next().flatten().ok_or_else(|| io::Error::other("none"))?;
            let numbers = (0..).map(|number: u16| number.to_be_bytes()[1] ^ draw);
            bytes.iter_mut().zip(numbers).for_each(|(byte, number)| *byte = number);
            Ok(())
        });
        let mut whole = [0; AHEAD];
        whole.chunks_mut(10).for_each(|part| random(part).unwrap());
        assert!(whole.iter().zip(0_u16..).all(|(byte, at)| *byte == at.to_be_bytes()[1]));
        // The second draw fails, and the third is another.
        let mut more = [0; 3];
        assert!(random(&mut more).is_err());
        random(&mut more).unwrap();
        assert_eq!(more, [2, 3, 0]);
        let mut most = [0; AHEAD + 1];
        random(&mut most).unwrap();
        assert_eq!(most[..3], [3, 2, 1]);
    }
}
