//! Values in the canonical encoding of docs/chain.md, from bytes.

use crate::{
    Hash,
    error::{Error, Result},
};

/// What is left of a receipt's bytes.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

const CUT_OFF: Error = Error::ReceiptInvalid { problem: "it was cut off" };

impl<'a> Reader<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn array<const BYTES: usize>(&mut self) -> Result<[u8; BYTES]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(crate) fn hash(&mut self) -> Result<Hash> {
        self.array()
    }

    pub(crate) fn int(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A number of entries, from 1.
    pub(crate) fn count(&mut self) -> Result<u64> {
        const PROBLEM: Error = Error::ReceiptInvalid { problem: "a number is out of its range" };
        let int = self.int()?;
        u64::try_from(int).ok().filter(|count| (1..1 << 40).contains(count)).ok_or(PROBLEM)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        const PROBLEM: Error = Error::ReceiptInvalid { problem: "a text is not readable" };
        let length = u32::from_be_bytes(self.array()?);
        let bytes = self.bytes(usize::try_from(length).map_err(|_| CUT_OFF)?)?;
        let text = str::from_utf8(bytes).map_err(|_| PROBLEM)?;
        // All texts that the chain covers by themselves are names of things.
        let is_name = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_name { Ok(text) } else { Err(PROBLEM) }
    }

    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        match self.array()? {
            [0] => Ok(None),
            [1] => read(self).map(Some),
            _ => Err(Error::ReceiptInvalid { problem: "a mark of absence is neither 0 nor 1" }),
        }
    }
}

/// A string: its length in bytes as 32 bits, big-endian, and its UTF-8.
pub(crate) fn write_text(to: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(text.as_bytes());
}
