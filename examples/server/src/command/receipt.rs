//! `receipt`, `checkpoint` and `receipt-key`: what a book proves to anyone.

use std::path::{Path, PathBuf};

use clap::Args;
use refundry::{Access, Book, Error};
use refundry_receipt::{Note, SigningKey};

use super::{Books, Failure, print};
use crate::signing;

#[derive(Args)]
pub(super) struct Receipt {
    /// Whose: `acct_…`
    merchant: String,
    /// Of which refund or charge: `re_…` or `ch_…`
    id: String,
    /// Prove it under the checkpoint of so many entries, instead of one of its own
    #[arg(long, value_name = "ENTRIES")]
    size: Option<i64>,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    books: Books,
}

#[derive(Args)]
pub(super) struct Checkpoint {
    /// Whose: `acct_…`
    merchant: String,
    /// As the book was after so many entries, instead of now
    #[arg(long, value_name = "ENTRIES")]
    size: Option<i64>,
    /// Prove that the book only grew since it had so many entries: one hash a line, after an empty line
    #[arg(long, value_name = "ENTRIES")]
    since: Option<i64>,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    books: Books,
}

#[derive(Args)]
pub(super) struct ReceiptKey {
    /// The name under which customers know the key: a domain of the shop, such as `cairo-books.example`
    name: String,
    /// Where to write the secret key: a file that is not there yet
    file: PathBuf,
}

#[derive(Args)]
struct Signing {
    /// Sign with the secret key in this file (`receipt-key` makes one); without it nothing is signed
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Signing {
    fn key(&self) -> Result<Option<SigningKey>, Failure> {
        self.key.as_deref().map(signing_key).transpose()
    }
}

/// The key in a file.
pub(super) fn signing_key(path: &Path) -> Result<SigningKey, Failure> {
    signing::read(path).map_err(|error| {
        Failure::machine(format!(
            "the key in {} can't be read ({error}); nothing was signed; name a file that \
             `refundry-server receipt-key` made",
            path.display()
        ))
    })
}

impl Receipt {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { merchant, id, size, signing, books } = self;
        let key = signing.key()?;
        let (of, keeps) = (id.clone(), !books.is_fleet());
        let make = move |book: &mut Book<'_>| {
            extend(book, keeps)?;
            book.receipt(&of, size)
        };
        let receipt = books.book(&merchant, Access::Open, make, |error| match error {
            Error::ResourceMissing { .. } => Failure::refused(format!(
                "{merchant} has no refund {id:?}, and no charge with that id that succeeded; \
                 check the id"
            )),
            other => other.into(),
        })?;
        let receipt = match &key {
            Some(key) => receipt.sign(key),
            None => receipt,
        };
        print::text(&format!("{receipt}\n"))
    }
}

impl Checkpoint {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { merchant, size, since, signing, books } = self;
        let key = signing.key()?;
        let keeps = !books.is_fleet();
        let make = move |book: &mut Book<'_>| {
            extend(book, keeps)?;
            let checkpoint = book.checkpoint(size)?;
            let size = i64::try_from(checkpoint.size()).unwrap_or(i64::MAX);
            let proof = since.map(|since| book.consistency(since, size)).transpose()?;
            Ok((checkpoint, proof))
        };
        let (checkpoint, proof) = books.book(&merchant, Access::Open, make, Failure::from)?;
        let signatures = key.iter().map(|key| key.sign(&checkpoint)).collect();
        let note = Note { checkpoint, signatures };
        print::text(&match proof {
            Some(proof) => format!("{note}\n{proof}"),
            None => note.to_string(),
        })
    }
}

/// Keeps the whole tree, so that only what is new since the last time has to be hashed. A fleet keeps
/// none: all is hashed there.
fn extend(book: &mut Book<'_>, keeps: bool) -> refundry::Result<()> {
    while keeps && !book.extend_tree()? {}
    Ok(())
}

impl ReceiptKey {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { name, file } = self;
        let key = signing::create(&file, &name).map_err(|error| {
            Failure::machine(format!(
                "no key was written to {} ({error}); name a file that is not there yet",
                file.display()
            ))
        })?;
        // The public key alone is the answer, to be published.
        print::text(&format!("{}\n", key.verifying_key()))?;
        print::note(&format!(
            "This is the public key: publish it. The secret one is in {}; whoever has it can sign.",
            file.display()
        ));
        Ok(())
    }
}
