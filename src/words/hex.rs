//! Bytes in base 16, as they stand in JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::json;

/// A fixed number of bytes, written as lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hex<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Hex<N> {
    /// Reads exactly two lower-case digits a byte.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit & 15),
            b'a'..=b'f' => Some((digit & 15).saturating_add(9)),
            _ => None,
        };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        let mut bytes = [0; N];
        if pairs.len() != N {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (value(*high)? << 4) | value(*low)?;
        }
        Some(Self(bytes))
    }

    /// Gives the digits to whoever writes them.
    pub(crate) fn written<T>(&self, write: impl FnOnce(&str) -> T) -> T {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let pairs = self.0.map(|byte| {
            [byte >> 4, byte & 15].map(|half| DIGITS.get(usize::from(half)).copied().unwrap_or(0))
        });
        write(str::from_utf8(pairs.as_flattened()).unwrap_or_default())
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written(|digits| f.write_str(digits))
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.written(|digits| to.serialize_str(digits))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        json::parsed(from, "lower-case hexadecimal digits", Self::parse)
    }
}
