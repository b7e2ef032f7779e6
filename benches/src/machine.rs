//! What the machine tells: time on a processor, memory, and the pace of the disk.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use crate::Result;

/// The time that this thread has spent on a processor.
///
/// # Errors
/// Where there is no `/proc`.
pub fn processor_time() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().ok_or("no time in schedstat")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// The most memory that this process has held, in kilobytes.
///
/// # Errors
/// Where there is no `/proc`.
pub fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?;
    Ok(kilobytes.trim().parse()?)
}

/// Writes so many bytes in pieces of these sizes, in turn, and waits until they are on disk, again
/// and again over the same 2 MB, as a write-ahead log does. Returns the median time.
///
/// # Errors
/// What the disk says.
pub fn write_and_sync(folder: &Path, bytes: u64, pieces: &[u64], times: usize) -> Result<Duration> {
    const LOG: u64 = 2 << 20;
    let file = File::create(folder.join("pace"))?;
    let block = vec![0x5a; bytes as usize];
    file.set_len(LOG)?;
    file.write_all_at(&vec![0; LOG as usize], 0)?;
    file.sync_all()?;
    let mut taken = Vec::with_capacity(times);
    let mut place = 0;
    for _ in 0..times {
        let begin = Instant::now();
        let mut written = 0;
        for piece in pieces.iter().cycle() {
            let length = (*piece).min(bytes - written);
            file.write_all_at(&block[..length as usize], place + written)?;
            written += length;
            if written == bytes {
                break;
            }
        }
        file.sync_data()?;
        taken.push(begin.elapsed());
        place = if place + 2 * bytes > LOG { 0 } else { place + bytes };
    }
    Ok(median(&mut taken))
}

/// The middle one.
pub fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
