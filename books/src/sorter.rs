//! Sorts more than fits in memory: runs in a temporary file, merged in the end.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
};

use crate::error::{Error, Result};

/// What is sorted by; no two are the same.
pub(crate) type Key = [i64; 3];

/// How many bytes are sorted in memory at once. In WebAssembly there is no temporary file.
const RUN: usize = if cfg!(target_family = "wasm") { usize::MAX } else { 4 << 20 };
/// How many bytes of a run are read at once, if there are few runs; together never more than `RUN`, until
/// there are thousands.
const BUFFER: usize = 16 << 10;
const LEAST_BUFFER: usize = 1 << 10;

/// Takes pieces of text in any order.
pub(crate) struct Sorter {
    texts: Vec<u8>,
    /// The key of each piece, and where it is among the texts.
    pieces: Vec<(Key, usize, usize)>,
    file: Option<BufWriter<File>>,
    /// Where each run ends in the file.
    ends: Vec<u64>,
    limit: usize,
}

impl Sorter {
    pub(crate) fn new() -> Self {
        Self::with_limit(RUN)
    }

    const fn with_limit(limit: usize) -> Self {
        Self { texts: Vec::new(), pieces: Vec::new(), file: None, ends: Vec::new(), limit }
    }

    /// Takes what `write` writes.
    pub(crate) fn push(
        &mut self,
        key: Key,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> Result<()> {
        let begin = self.texts.len();
        write(&mut self.texts).map_err(Error::Sorting)?;
        self.pieces.push((key, begin, self.texts.len()));
        if self.texts.len() >= self.limit {
            self.spill().map_err(Error::Sorting)?;
        }
        Ok(())
    }

    /// Writes what is in memory as one more run.
    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        self.pieces.sort_unstable();
        let mut end = self.ends.last().copied().unwrap_or(0);
        for (key, begin, until) in self.pieces.drain(..) {
            let text = self.texts.get(begin..until).unwrap_or_default();
            let length = u32::try_from(text.len()).map_err(io::Error::other)?;
            for part in key {
                file.write_all(&part.to_le_bytes())?;
            }
            file.write_all(&length.to_le_bytes())?;
            file.write_all(text)?;
            end = end.saturating_add(u64::from(length)).saturating_add(HEADER as u64);
        }
        self.texts.clear();
        self.ends.push(end);
        Ok(())
    }

    /// Calls `each` with every piece, in the order of the keys.
    pub(crate) fn finish(mut self, mut each: impl FnMut(Key, &[u8]) -> Result<()>) -> Result<()> {
        if self.file.is_none() {
            self.pieces.sort_unstable();
            return self.pieces.iter().try_for_each(|(key, begin, until)| {
                each(*key, self.texts.get(*begin..*until).unwrap_or_default())
            });
        }
        self.spill().map_err(Error::Sorting)?;
        let Self { file, ends, texts, pieces, .. } = self;
        drop((texts, pieces));
        let Some(file) = file else { return Ok(()) };
        let file = file.into_inner().map_err(|error| Error::Sorting(error.into_error()))?;
        merge(file, &ends, each)
    }
}

/// The bytes before a piece: its key and its length.
const HEADER: usize = 28;

/// One run, read piece by piece.
struct Run {
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    begin: usize,
    /// How many bytes are read at once.
    ahead: usize,
}

impl Run {
    /// The next `length` bytes.
    fn take(&mut self, file: &mut File, length: usize) -> io::Result<&[u8]> {
        let there = self.buffer.len().saturating_sub(self.begin);
        if there < length {
            self.buffer.drain(..self.begin);
            self.begin = 0;
            let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
            let more = left.min(length.saturating_sub(there).max(self.ahead));
            self.buffer.resize(there.saturating_add(more), 0);
            file.seek(SeekFrom::Start(self.at))?;
            file.read_exact(self.buffer.get_mut(there..).unwrap_or_default())?;
            self.at = self.at.saturating_add(more as u64);
        }
        let begin = self.begin;
        self.begin = begin.saturating_add(length);
        self.buffer.get(begin..self.begin).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// The key and the length of the next piece; `None` at the end.
    fn next(&mut self, file: &mut File) -> io::Result<Option<(Key, usize)>> {
        if self.at == self.end && self.begin == self.buffer.len() {
            return Ok(None);
        }
        let header = self.take(file, HEADER)?;
        let mut key = Key::default();
        let (parts, length) = header.split_at(24);
        for (part, bytes) in key.iter_mut().zip(parts.chunks_exact(8)) {
            *part = i64::from_le_bytes(bytes.try_into().map_err(io::Error::other)?);
        }
        let length = u32::from_le_bytes(length.try_into().map_err(io::Error::other)?);
        Ok(Some((key, length as usize)))
    }
}

fn merge(
    mut file: File,
    ends: &[u64],
    mut each: impl FnMut(Key, &[u8]) -> Result<()>,
) -> Result<()> {
    let begins = std::iter::once(0).chain(ends.iter().copied());
    let ahead = RUN.checked_div(ends.len()).unwrap_or(BUFFER).clamp(LEAST_BUFFER, BUFFER);
    let mut runs: Vec<Run> = begins
        .zip(ends)
        .map(|(at, end)| Run { at, end: *end, buffer: Vec::new(), begin: 0, ahead })
        .collect();
    let mut next = BinaryHeap::new();
    for (number, run) in runs.iter_mut().enumerate() {
        let piece = run.next(&mut file).map_err(Error::Sorting)?;
        next.extend(piece.map(|(key, length)| Reverse((key, number, length))));
    }
    while let Some(Reverse((key, number, length))) = next.pop() {
        let Some(run) = runs.get_mut(number) else { break };
        each(key, run.take(&mut file, length).map_err(Error::Sorting)?)?;
        let piece = run.next(&mut file).map_err(Error::Sorting)?;
        next.extend(piece.map(|(key, length)| Reverse((key, number, length))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of a sorter with so much memory.
    fn sorted(limit: usize, pieces: &[(Key, String)]) -> Vec<(Key, String)> {
        let mut sorter = Sorter::with_limit(limit);
        for (key, text) in pieces {
            sorter.push(*key, |to| to.write_all(text.as_bytes())).unwrap();
        }
        let mut out = Vec::new();
        sorter
            .finish(|key, text| {
                out.push((key, String::from_utf8(text.to_vec()).unwrap()));
                Ok(())
            })
            .unwrap();
        out
    }

    #[test]
    fn whatever_fits_in_memory_the_order_is_the_same() {
        let mut random = fastrand::Rng::with_seed(7);
        let pieces: Vec<_> = (0..2_000)
            .map(|number| {
                let long = if number % 500 == 0 { 40_000 } else { random.usize(0..50) };
                ([random.i64(-5..5), random.i64(..), number], "é".repeat(long))
            })
            .collect();
        let mut expected = pieces.clone();
        expected.sort();
        for limit in [1, 100, 10_000, 100_000_000] {
            assert!(sorted(limit, &pieces) == expected, "with {limit} bytes");
        }
        assert_eq!(sorted(1, &[]), []);
    }
}
