//! Reads what is written in the canonical encoding of docs/chain.md.

use crate::words::{money::Amount, time::Timestamp};

/// Bytes that are read from their beginning. Each value is `None` if it is not there.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    pub(crate) fn int(&mut self) -> Option<i64> {
        self.bytes().map(i64::from_be_bytes)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        let length = usize::try_from(u32::from_be_bytes(self.bytes()?)).ok()?;
        let (first, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(first.to_vec()).ok()
    }

    pub(crate) fn amount(&mut self) -> Option<Amount> {
        Amount::from_minor(self.int()?).ok()
    }

    pub(crate) fn moment(&mut self) -> Option<Timestamp> {
        Timestamp::from_stored(self.int()?).ok()
    }

    pub(crate) const fn is_at_the_end(&self) -> bool {
        self.0.is_empty()
    }
}
