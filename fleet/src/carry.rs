//! Carrying books: from a ledger's file into a fleet, and back into a file. Both can be begun again
//! where they were cut off, and what was carried is never served at both places.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use refundry::{Access, FileError, Ledger, Mark, Options};

use crate::{
    engine::{Appended, Engine, EngineError, Group, Head, Kept},
    error::{Error, Result},
    line,
};

/// How many recordings are carried at once.
pub(crate) const PAGE: u32 = 1_000;

/// What is put after the name of a file whose books are in a fleet.
const MOVED: &str = ".moved";

/// What was carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Books that are at both places, with equal heads.
    pub books: u64,
    /// Recordings that were not there before.
    pub recordings: u64,
}

/// Carries every book of a ledger's file into a fleet. Nobody can write to the file meanwhile. When
/// all is there, the file is given a name that ends in `.moved`: a server that still holds it commits
/// nothing any more, and none can open it under the old name.
///
/// # Errors
/// [`Error::Stopped`] for a book that has gone on in the fleet; [`Error::Unavailable`] if the engine
/// can't be used; [`Error::Ledger`] for the file. The file serves as before then, and the move can be
/// begun again.
pub fn into_fleet(path: &Path, engine: &mut dyn Engine) -> Result<Carried> {
    let mut options = Options::default();
    options.access = Access::Open;
    let mut ledger = Ledger::open(path, options)?;
    // Its lock keeps everyone else from writing until the file has its new name.
    ledger.begin_batch()?;
    let merchants = ledger.merchants()?;
    for merchant in &merchants {
        refuse_mirror(&mut ledger, &merchant.id)?;
    }
    let mut carried = Carried::default();
    for merchant in merchants {
        carried.recordings =
            carried.recordings.saturating_add(book_into(&mut ledger, &merchant.id, engine)?);
        carried.books = carried.books.saturating_add(1);
    }
    let failed = |error: io::Error| Error::Ledger(FileError::input_output(path, error).into());
    let moved = with(path, MOVED);
    if moved.exists() {
        return Err(failed(io::Error::other(format!("{} exists already", moved.display()))));
    }
    // While the lock is held. The file goes first: one without its log could be taken for whole.
    fs::rename(path, &moved).map_err(failed)?;
    for end in ["-wal", "-shm"] {
        match fs::rename(with(path, end), with(&moved, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    ledger.roll_back_batch();
    Ok(carried)
}

/// In a fleet a mirror would be a book like any other, which nodes record in: it would fork.
fn refuse_mirror(ledger: &mut Ledger, merchant: &str) -> Result<()> {
    if !ledger.book(merchant)?.is_mirror()? {
        return Ok(());
    }
    Err(Error::Stopped {
        merchant: merchant.to_owned(),
        problem:
            "the file has it as a mirror, which its feed alone may change; move the file of the \
                  ledger that it is a mirror of"
                .into(),
    })
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}

/// Carries what the engine does not have of one book, and looks that it ends where the file does.
fn book_into(ledger: &mut Ledger, merchant: &str, engine: &mut dyn Engine) -> Result<u64> {
    let gone_on = || Error::Stopped {
        merchant: merchant.to_owned(),
        problem: "the fleet's book and the file's have gone on apart; one of them is an old copy"
            .into(),
    };
    let book = ledger.book(merchant)?;
    let mut at = end_in_engine(engine, merchant)?;
    let mut carried = 0_u64;
    loop {
        let lines = match book.recordings_after(&at, PAGE) {
            Err(refundry::Error::MarkUnknown { .. }) => return Err(gone_on()),
            lines => lines?,
        };
        let mut group = Group {
            heads: vec![Head { merchant: merchant.to_owned(), mark: at }],
            ..Group::default()
        };
        for line in lines {
            group.recordings.push(line::apart(merchant, line)?);
        }
        let Some(last) = group.recordings.last() else { return Ok(carried) };
        let (end, more) = (last.mark, u64::try_from(group.recordings.len()).unwrap_or(u64::MAX));
        match engine.append(&group) {
            Ok(Appended::Whole) => carried = carried.saturating_add(more),
            Ok(Appended::Overtaken) if end_in_engine(engine, merchant)? == at => {
                return Err(stopped(merchant, HELD.to_owned()));
            }
            Ok(Appended::Overtaken) => return Err(gone_on()),
            Err(error) => return Err(unavailable(error)),
        }
        at = end;
    }
}

/// Where a book ends in the engine.
fn end_in_engine(engine: &mut dyn Engine, merchant: &str) -> Result<Mark> {
    let mut end = Mark::genesis(merchant);
    loop {
        let (kept, is_all) = whole_from(engine, merchant, end)?;
        if let Some(last) = kept.into_iter().next_back() {
            end = serde_json::from_str(&line::whole(last)).map_err(|_| Error::Stopped {
                merchant: merchant.to_owned(),
                problem: "the database has what is no recording".into(),
            })?;
        }
        if is_all {
            return Ok(end);
        }
    }
}

/// A page of the recordings of a book from a mark on, that of the mark included; and whether there are no
/// more. An engine leaves out the body of what it is asked from, so that is the one before.
fn whole_from(engine: &mut dyn Engine, merchant: &str, mark: Mark) -> Result<(Vec<Kept>, bool)> {
    let before = Mark { n: mark.n.saturating_sub(1), ..mark };
    let head = Head { merchant: merchant.to_owned(), mark: before };
    let mut kept = engine.kept_from(&[head], PAGE).map_err(unavailable)?;
    let is_all = kept.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
    kept.retain(|one| one.n >= mark.n);
    Ok((kept, is_all))
}

/// Carries every book of a fleet into a ledger's file, which is made if it is not there. No node may
/// append any more: for PostgreSQL, [`Postgres::close`](crate::Postgres::close) comes first.
///
/// # Errors
/// [`Error::Stopped`] for a book that was altered in the engine; [`Error::Unavailable`] if that can't be used;
/// [`Error::Ledger`] for the file, or where the file's book has gone on.
pub fn out_of_fleet(engine: &mut dyn Engine, path: &Path) -> Result<Carried> {
    let mut ledger = Ledger::open(path, Options::default())?;
    let mut carried = Carried::default();
    for merchant in engine.merchants().map_err(unavailable)? {
        let new = book_out_of(engine, &merchant, &mut ledger)?;
        if let Err(refundry::Error::ResourceMissing { .. }) = ledger.book(&merchant) {
            return Err(stopped(&merchant, GONE.to_owned()));
        }
        carried.recordings = carried.recordings.saturating_add(new);
        carried.books = carried.books.saturating_add(1);
    }
    Ok(carried)
}

/// Carries what a ledger does not have of one book out of the engine. Returns how many recordings.
pub(crate) fn book_out_of(
    engine: &mut dyn Engine,
    merchant: &str,
    ledger: &mut Ledger,
) -> Result<u64> {
    let mut carried = 0_u64;
    loop {
        let mark = match ledger.book(merchant) {
            Ok(book) => book.mark()?,
            Err(refundry::Error::ResourceMissing { .. }) => Mark::genesis(merchant),
            Err(error) => return Err(error.into()),
        };
        let (kept, is_all) = whole_from(engine, merchant, mark)?;
        let lines = kept.into_iter().map(line::checked).collect::<std::result::Result<Vec<_>, _>>();
        let lines = lines.map_err(|problem| stopped(merchant, problem))?;
        // The line of the mark itself is compared.
        let new = ledger.apply_all(merchant, lines.iter().map(String::as_str));
        carried = carried.saturating_add(new.map_err(|error| not_applied(merchant, error))?);
        if is_all {
            return Ok(carried);
        }
    }
}

/// Why nothing can be appended to a book that nobody has gone on with.
const HELD: &str = "another merchant of the fleet holds an API key that is in it; to move it, begin another \
     fleet for it";

/// Why there is no book of a merchant whose rows are there.
const GONE: &str = "the database has texts, keys or due moments of it and no recording: they were deleted; \
     compare it with a backup";

fn stopped(merchant: &str, problem: String) -> Error {
    Error::Stopped { merchant: merchant.to_owned(), problem }
}

fn does_not_follow(after: i64) -> String {
    format!(
        "what the database has after n {after} does not follow from what is before: it was altered; compare it with \
         a backup"
    )
}

/// Why a recording of the engine could not be taken in.
fn not_applied(merchant: &str, error: refundry::Error) -> Error {
    match error {
        refundry::Error::Feed { after, .. } => stopped(merchant, does_not_follow(after.n)),
        // There is no book yet, and this is not its first.
        refundry::Error::ResourceMissing { .. } => stopped(merchant, does_not_follow(0)),
        refundry::Error::InvalidRequest { .. } => stopped(
            merchant,
            "the database has recordings that this version does not know; use a newer program"
                .into(),
        ),
        error => error.into(),
    }
}

pub(crate) fn unavailable(error: EngineError) -> Error {
    match error {
        EngineError::InDoubt(why) => Error::InDoubt(why),
        EngineError::Unavailable(why) | EngineError::Refused(why) => Error::Unavailable(why),
    }
}
