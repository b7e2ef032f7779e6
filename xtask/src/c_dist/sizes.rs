//! What a package weighs, on a disk and in memory, and that it does not grow unnoticed.

use std::{fs, path::Path};

use super::{
    Package, source,
    tools::{at, read},
};

/// What was measured when it was last looked at.
const FIGURES: &str = "bindings/c/packaging/figures.txt";

/// How much more is still as it was, in percent.
const TOLERANCE: u64 = 15;

/// Says how large the parts of a package are.
///
/// # Errors
/// What to say if one is missing.
pub(super) fn print(package: &Package) -> Result<(), String> {
    let shared = package.shared_library();
    let files = [Some(package.tarball.clone()), shared, Some(package.static_library())];
    for file in files.into_iter().flatten() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("{:>10} bytes  {name}", bytes(&file)?);
    }
    Ok(())
}

/// The size of a file.
///
/// # Errors
/// What to say if it is missing.
pub(super) fn bytes(file: &Path) -> Result<u64, String> {
    Ok(fs::metadata(file).map_err(|error| at(file, &error))?.len())
}

/// Compares a figure with the one that was noted, if one was.
///
/// # Errors
/// What to say if it has grown.
pub(super) fn compare(package: &Package, what: &str, now: u64) -> Result<(), String> {
    let variant = package.variant();
    let Some(noted) = noted(&read(&source(FIGURES))?, &variant, what)? else {
        println!("{now:>10} {what} of {variant}");
        return Ok(());
    };
    println!("{now:>10} {what} of {variant}; {noted} were noted");
    if grew(noted, now) {
        return Err(format!(
            "{variant}: {now} {what}, over {TOLERANCE} % more than the {noted} in {FIGURES}; make it \
             smaller again, or note the new figure and say why"
        ));
    }
    Ok(())
}

fn grew(noted: u64, now: u64) -> bool {
    now.saturating_mul(100) > noted.saturating_mul(100 + TOLERANCE)
}

/// Finds a line `VARIANT NUMBER WHAT` in the notes.
fn noted(text: &str, variant: &str, what: &str) -> Result<Option<u64>, String> {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.splitn(3, ' ');
        if let (Some(of), Some(number), Some(name)) = (words.next(), words.next(), words.next())
            && (of, name) == (variant, what)
        {
            return number.parse().map(Some).map_err(|_| format!("{FIGURES}: {line}"));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_beyond_the_tolerance_is_seen() {
        assert!(!grew(1_000, 1_150));
        assert!(grew(1_000, 1_151));
    }

    #[test]
    fn figures_are_found_by_target_and_name() {
        let text = "# a note\narmv7 12 KiB of memory\narmv7 34 bytes\n";
        assert_eq!(noted(text, "armv7", "bytes"), Ok(Some(34)));
        assert_eq!(noted(text, "armv7", "KiB of memory"), Ok(Some(12)));
        assert_eq!(noted(text, "x86_64", "bytes"), Ok(None));
        assert!(noted("armv7 many bytes", "armv7", "bytes").is_err());
    }
}
