//! The caller's own facts, kept with a charge or refund.

use std::{collections::BTreeMap, ffi::c_char};

use crate::{
    argument::{items, text},
    call::Failure,
    memory::Memory,
};

/// A fact of the caller's, kept with a charge or refund.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_pair {
    /// 1 to 40 characters.
    pub key: *const c_char,
    /// At most 500 characters.
    pub value: *const c_char,
}

/// Gives metadata, and how many pairs it has.
pub(crate) fn give(
    metadata: &BTreeMap<String, String>,
    memory: &Memory<'_>,
) -> (*const refundry_pair, usize) {
    let pair = |(key, value): (&String, &String)| refundry_pair {
        key: memory.text(key),
        value: memory.text(value),
    };
    memory.array(metadata.iter().map(pair))
}

/// # Safety
/// `pairs` is null or points to `count` pairs.
pub(crate) unsafe fn read(
    pairs: *const refundry_pair,
    count: usize,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut metadata = BTreeMap::new();
    // SAFETY: as the caller of this function promises.
    for pair in unsafe { items(pairs, count, "metadata") }? {
        // SAFETY: as the caller of this function promises.
        let (key, value) = unsafe { (text(pair.key, "key")?, text(pair.value, "value")?) };
        if metadata.insert(key.to_owned(), value.to_owned()).is_some() {
            let problem = "must have each key once";
            return Err(Failure::BadArgument { argument: "metadata", problem });
        }
    }
    Ok(metadata)
}
