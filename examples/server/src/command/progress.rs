//! Progress bars: on a terminal only, and beside the answer, so that pipes stay clean.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of things that are counted.
pub(super) fn of_things(what: &'static str) -> ProgressBar {
    bar(&format!("{{wide_bar}} {{human_pos}} of {{human_len}} {what}, {{eta}} left"))
}

/// A bar of bytes; of an unknown number, only how many there were.
pub(super) fn of_bytes(total: impl Into<Option<u64>>) -> ProgressBar {
    match total.into() {
        Some(total) => {
            let bar = bar("{wide_bar} {bytes} of {total_bytes}, {eta} left");
            bar.set_length(total);
            bar
        }
        None => bar("{spinner} {bytes}, {elapsed}"),
    }
}

fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
