//! Bytes as arguments.

use std::{
    ffi::{CString, c_char},
    ptr,
};

use super::Caller;

/// A struct as a newer header has it: with room after what this one knows, the last byte set.
#[repr(C)]
pub(super) struct Newer<T> {
    known: T,
    appended: [u8; 8],
}

impl<T> Newer<T> {
    pub(super) fn of(known: T) -> Self {
        Self { known, appended: [0, 0, 0, 0, 0, 0, 0, 1] }
    }

    pub(super) fn as_ptr(&self) -> *const T {
        ptr::from_ref(self).cast()
    }
}

impl Caller<'_> {
    pub(super) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.input.split_first()?;
        self.input = rest;
        Some(*first)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// Mostly small numbers, and the ends of every range.
    pub(super) fn int(&mut self) -> i64 {
        match self.byte() {
            200 => i64::MIN,
            201 => i64::MAX,
            202 => -1,
            203 => (1 << 53) - 1,
            204 => 1 << 53,
            205 => i64::from_le_bytes([0; 8].map(|_: u8| self.byte())),
            206 => 253_402_207_200_000,
            byte => byte.into(),
        }
    }

    pub(super) fn size(&mut self, right: usize) -> u32 {
        match self.byte() {
            250 => 0,
            251 => u32::MAX,
            252 => right as u32 - 1,
            253 => right as u32 + 1,
            254 => right as u32 + 8,
            _ => right as u32,
        }
    }

    /// A text that stays where it is until the end.
    pub(super) fn keep(&mut self, bytes: Vec<u8>) -> *const c_char {
        let text = CString::new(bytes).unwrap_or_default();
        let pointer = text.as_ptr();
        self.texts.push(text);
        pointer
    }

    pub(super) fn text(&mut self) -> *const c_char {
        let choice = self.byte();
        let known: &[u8] = match choice {
            0..=9 => return ptr::null(),
            10 => b"",
            11 => b"caf\xe9",
            12 => &[b'x'; 600],
            13 => b"(no idempotency key)",
            14 => b"EGP",
            15 => b"KWD",
            16 => b"acct_1",
            17 => b"ch_1",
            18 => b"pi_1",
            19 => b"re_1",
            20 => b"po_1",
            21 => b"key-1",
            22 => b"key-2",
            23 => b"je_1",
            24 => b"bt_1",
            25..=60 => {
                let length = usize::from(self.byte() % 24);
                let bytes = (0..length).map(|_| self.byte().max(1)).collect();
                return self.keep(bytes);
            }
            _ => {
                let ids = self.ids.len();
                if ids == 0 {
                    return self.keep(b"ch_0".to_vec());
                }
                return self.ids[usize::from(choice) % ids].as_ptr();
            }
        };
        self.keep(known.to_vec())
    }

    pub(super) fn currency(&mut self) -> *const c_char {
        match self.byte() {
            0..=3 => self.text(),
            4..=20 => self.keep(b"KWD".to_vec()),
            _ => self.keep(b"EGP".to_vec()),
        }
    }

    pub(super) fn key(&mut self) -> *const c_char {
        match self.byte() {
            0..=99 => self.keep(b"(no idempotency key)".to_vec()),
            100..=199 => {
                let key = format!("key-{}", self.byte() % 8);
                self.keep(key.into_bytes())
            }
            _ => self.text(),
        }
    }
}
