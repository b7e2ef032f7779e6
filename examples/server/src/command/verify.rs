//! `verify`: everything is checked, also against heads that were kept.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use refundry::{Fork, Head, VerifyReport};
use serde::Serialize;

use super::{Books, Failure, Output, print, progress};
use crate::verifier::heads;

#[derive(Args)]
pub(super) struct Verify {
    /// A head kept earlier, `acct_…=seq:hash`, as this command prints it; may be repeated
    #[arg(long = "head", value_name = "HEAD", value_parser = kept_head)]
    heads: Vec<(String, Head)>,
    /// A file of heads kept earlier, one a line
    #[arg(long = "heads", value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Report {
    books: u64,
    entries: u64,
    foreign: Vec<String>,
    forks: Vec<Fork>,
    heads: Vec<BookHead>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BookHead {
    merchant_id: String,
    seq: i64,
    hash: String,
}

impl Verify {
    pub(super) fn run(mut self) -> Result<(), Failure> {
        if let Some(file) = &self.file {
            let kept = read(file).map_err(|failure| failure.about(file.display()))?;
            self.heads.extend(kept);
        }
        let bar = progress::of_things("entries");
        let told = |progress: &refundry::VerifyProgress| {
            bar.set_length(progress.total);
            bar.set_position(progress.entries);
            ControlFlow::Continue(())
        };
        // Read before the check and checked with the rest, so that no head is given out that was
        // not verified, even while others write.
        let (report, heads) = self.books.read_all(|ledger| {
            let heads = heads(ledger)?;
            let report = ledger.verify(&[self.heads, heads.clone()].concat(), told);
            bar.finish_and_clear();
            Ok((report?, heads))
        })?;
        print_report(&self.output, report, heads)
    }
}

fn print_report(
    output: &Output,
    report: VerifyReport,
    heads: Vec<(String, Head)>,
) -> Result<(), Failure> {
    let VerifyReport { books, entries, foreign, forks } = report;
    if output.json {
        let head = |(merchant_id, Head { seq, hash })| BookHead {
            merchant_id,
            seq,
            hash: hash.to_string(),
        };
        let heads = heads.into_iter().map(head).collect();
        return print::value(output, &Report { books, entries, foreign, forks, heads });
    }
    // The heads alone are the answer, so that they can be kept in a file.
    print::text(&heads.iter().map(|(id, head)| format!("{id}={head}\n")).collect::<String>())?;
    for name in foreign {
        print::note(&format!("Not of the ledger, and harmless: {name}."));
    }
    for Fork { merchant_id, n, received_at, .. } in forks {
        print::note(&format!(
            "FORK: on {received_at} the ledger of {merchant_id} sent another recording {n} than the \
             mirror here has; `verify --json` shows it."
        ));
    }
    print::note(&format!("Sound. Books: {books}, journal entries: {entries}."));
    Ok(())
}

/// The heads in a file, one a line.
fn read(file: &Path) -> Result<Vec<(String, Head)>, Failure> {
    let text = String::from_utf8(fs::read(file)?)
        .map_err(|_| Failure::refused("it is not text in UTF-8; save it as that"))?;
    // Some editors and shells begin a file with a mark that is no part of the text.
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let heads = lines.map(kept_head).collect::<Result<Vec<_>, _>>().map_err(Failure::refused)?;
    if heads.is_empty() {
        // Such as one that the shell has just emptied for what this command prints.
        return Err(Failure::refused("there are no heads in it; name the file that was kept"));
    }
    Ok(heads)
}

fn kept_head(text: &str) -> Result<(String, Head), String> {
    let (merchant, head) = text
        .split_once('=')
        // What is not an id is a mistake in the file; an id that is not there would be tampering.
        .filter(|(merchant, _)| merchant.starts_with("acct_"))
        .ok_or("it is a merchant's id, =, and the head: acct_…=seq:hash; correct it")?;
    Ok((merchant.to_owned(), Head::parse(head).map_err(|error| error.to_string())?))
}
