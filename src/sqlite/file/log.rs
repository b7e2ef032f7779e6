//! The write-ahead log beside a file: whether it is that file's, and its end.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::{
    opened::one_at_a_time,
    storage::{has_content, named},
};
use crate::words::error::{Result, file::FileProblem};

/// How often a file and its log are looked at again, if another process changed them meanwhile.
const LOOKS: u32 = 5;

/// The beginning of SQLite's files.
type Header = [u8; 100];

/// Refuses a log that was not written for this file: SQLite would put its pages into the file,
/// whatever it is. A backup that was copied over a ledger would be undone by the log left beside.
///
/// This reads the file without SQLite, so that no other handle of this process may have it open.
pub(super) fn check(path: &Path) -> Result<()> {
    if !has_content(path, "-wal") {
        return Ok(());
    }
    let failed = |error: io::Error| FileProblem::InputOutput(error).at(path);
    for _ in 0..LOOKS {
        let before = Beginning::read(path).map_err(failed)?;
        let fits = match File::open(named(path, "-wal")) {
            Ok(log) => Log::read(log).map_err(failed)?.is_none_or(|log| log.fits(&before)),
            // Its last user has just removed it, or this one may not read it.
            Err(_) => true,
        };
        if fits {
            return Ok(());
        }
        if before == Beginning::read(path).map_err(failed)? {
            return Err(FileProblem::ForeignLog { log: named(path, "-wal") }.at(path));
        }
        thread::sleep(Duration::from_millis(10));
    }
    // It changes all the time, so somebody uses both, and would have been refused.
    Ok(())
}

/// The beginning of a file, and its length.
#[derive(PartialEq, Eq)]
struct Beginning {
    header: Header,
    length: u64,
}

impl Beginning {
    fn read(path: &Path) -> io::Result<Self> {
        let (mut header, mut file) = ([0; 100], File::open(path)?);
        // What is shorter than a header is judged elsewhere.
        let _ = file.read(&mut header)?;
        Ok(Self { header, length: file.metadata()?.len() })
    }

    fn has_a_log(&self) -> bool {
        self.header[18..20] == [2, 2]
    }

    fn page_size(&self) -> u32 {
        match u32::from(u16::from_be_bytes([self.header[16], self.header[17]])) {
            1 => 65_536,
            size => size,
        }
    }

    fn pages(&self) -> u64 {
        self.length.checked_div(u64::from(self.page_size())).unwrap_or(0)
    }
}

/// What the committed part of a log tells of the file that it was written for.
struct Log {
    page_size: u32,
    /// The headers in its copies of the first page, the oldest first.
    headers: Vec<Header>,
    /// The numbers of the pages in it.
    pages: BTreeSet<u64>,
    /// How many pages the file has with it.
    length: u64,
}

impl Log {
    /// `None` for a log from which SQLite would take nothing.
    fn read(log: impl Read) -> io::Result<Option<Self>> {
        let mut log = BufReader::with_capacity(1 << 16, log);
        let mut header = [0; 32];
        if !fill(&mut log, &mut header)? {
            return Ok(None);
        }
        let number = |at: usize| big_endian(&header, at);
        let (magic, page_size) = (number(0), number(8));
        let is_sound = (magic & !1) == 0x377f_0682
            && page_size.is_power_of_two()
            && (512..=65_536).contains(&page_size);
        let mut sum = Sum { big_endian: magic & 1 == 1, parts: (0, 0) };
        sum.add(&header[..24]);
        if !is_sound || sum.parts != (number(24), number(28)) {
            return Ok(None);
        }
        let mut found = Self { page_size, headers: Vec::new(), pages: BTreeSet::new(), length: 0 };
        let (mut committed, mut begun) = (0, Vec::new());
        let mut frame = [0; 24];
        let mut page = vec![0; usize::try_from(page_size).unwrap_or(0)];
        while fill(&mut log, &mut frame)? && fill(&mut log, &mut page)? {
            sum.add(&frame[..8]);
            sum.add(&page);
            let sums = (big_endian(&frame, 16), big_endian(&frame, 20));
            if frame[8..16] != header[16..24] || sum.parts != sums {
                break;
            }
            begun.push(u64::from(big_endian(&frame, 0)));
            if let (Some(1), Some(header)) = (begun.last(), page.first_chunk()) {
                found.headers.push(*header);
            }
            // The last frame of a transaction says how many pages the file has after it.
            let length = u64::from(big_endian(&frame, 4));
            if length > 0 {
                found.pages.extend(begun.drain(..));
                (committed, found.length) = (found.headers.len(), length);
            }
        }
        found.headers.truncate(committed);
        Ok((found.length > 0).then_some(found))
    }

    /// Whether this may be the log of a file that begins so.
    ///
    /// A file says that it has a log before it gets one, and a copy made by a backup says that it
    /// has none. Pages that the file does not reach to must be in its log.
    fn fits(&self, file: &Beginning) -> bool {
        let mut beyond = file.pages().saturating_add(1)..=self.length;
        file.has_a_log()
            && file.page_size() == self.page_size
            && (self.headers.contains(&file.header) || self.follows(&file.header))
            && beyond.all(|page| self.pages.contains(&page))
    }

    /// Whether the oldest copy of the first page may be the next after the file's own. Its number
    /// is the same or the next, because a handle counts on from what it read last; and it tells of
    /// no fewer pages, unless the file was made anew within (by VACUUM).
    fn follows(&self, file: &Header) -> bool {
        self.headers.first().is_none_or(|first| {
            let number = |header: &Header, at| big_endian(header, at);
            let since = number(first, 24).wrapping_sub(number(file, 24));
            let is_made_anew = number(first, 40) != number(file, 40);
            since <= 1 && (is_made_anew || number(first, 28) >= number(file, 28))
        })
    }
}

/// SQLite's checksum of a log.
struct Sum {
    big_endian: bool,
    parts: (u32, u32),
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let word = |bytes: &[u8]| {
            let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
            if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        let (mut one, mut two) = self.parts;
        for pair in bytes.chunks_exact(8) {
            one = one.wrapping_add(word(&pair[..4])).wrapping_add(two);
            two = two.wrapping_add(word(&pair[4..])).wrapping_add(one);
        }
        self.parts = (one, two);
    }
}

fn big_endian(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// Whether there was enough to fill it.
fn fill(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Ends the log after a handle on the file was closed, if it is still there. SQLite does so when
/// the last handle is closed, but not if that one may only read, nor if two are closed at once.
///
/// A handle that wrote puts all of the log into the file, as far as nobody reads just now, so that
/// the file is whole by itself. One that only read removes an empty log.
pub(super) fn end(path: &Path, wrote: bool) {
    let _alone = one_at_a_time();
    let log = named(path, "-wal");
    if !log.exists() || !wrote && has_content(path, "-wal") {
        return;
    }
    // If this fails, the log stays, which is as good: the next handle takes it from there.
    let _ = checkpoint(path);
}

fn checkpoint(path: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    // Who waited here for a reader would hold up others that write.
    conn.busy_timeout(Duration::ZERO)?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
