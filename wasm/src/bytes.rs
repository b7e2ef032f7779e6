//! Bytes that JavaScript hands over piece by piece.

use std::io::{self, BufRead, Read};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Reads what a function returns: the next bytes, or undefined at the end. So the whole text is
/// never in memory twice.
pub(crate) struct Pieces<'a> {
    next: &'a Function,
    piece: Vec<u8>,
    read: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) const fn of(next: &'a Function) -> Self {
        Self { next, piece: Vec::new(), read: 0 }
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // An empty piece is not the end.
        while self.read >= self.piece.len() {
            let failed = |_| io::Error::other("the source of the lines failed");
            let next = self.next.call0(&JsValue::UNDEFINED).map_err(failed)?;
            if next.is_undefined() {
                return Ok(&[]);
            }
            self.piece = next.dyn_into::<Uint8Array>().map_err(failed)?.to_vec();
            self.read = 0;
        }
        Ok(self.piece.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.read = self.read.saturating_add(count);
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut from = self.fill_buf()?;
        let count = from.read(to)?;
        self.consume(count);
        Ok(count)
    }
}
