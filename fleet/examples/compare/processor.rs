//! How much processor time a process has used, read from Linux.

use std::fs;

/// The seconds that a process has used; and those of its children, ended ones included.
pub(crate) fn time_of(process: u32, with_children: bool) -> f64 {
    let mut ticks = 0_u64;
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        // Not `self`, which is there twice then.
        if !entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((id, rest)) = stat.split_once(" (") else { continue };
        let Some((_, rest)) = rest.rsplit_once(") ") else { continue };
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |place: usize| fields.get(place).and_then(|f| f.parse().ok()).unwrap_or(0);
        if id.parse() == Ok(process) {
            ticks += (11..if with_children { 15 } else { 13 }).map(number).sum::<u64>();
        } else if with_children && number(1) == u64::from(process) {
            ticks += number(11) + number(12);
        }
    }
    ticks as f64 / 100.0
}
