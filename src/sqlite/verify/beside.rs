//! The structure of the file, which SQLite checks through a second connection while the books are read:
//! together they take as long as the longer of the two.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use rusqlite::{Connection, InterruptHandle};

use super::structure;
use crate::words::{
    error::{Error, Result},
    finding::{Invariant, unsound},
};

/// How long one side waits before it asks the other again to stop.
const AGAIN: Duration = Duration::from_millis(1);

/// Reads the books, and has the structure checked by the second connection if there is one, else
/// beforehand. What SQLite finds in the structure comes first: without it nothing can be read safely.
pub(super) fn check<T>(
    conn: &Connection,
    second: Option<Connection>,
    read: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let Some(second) = second else { return one_by_one(conn, read) };
    let (stop_reading, stop_checking) =
        (conn.get_interrupt_handle(), second.get_interrupt_handle());
    let has_ended = &AtomicBool::new(false);
    thread::scope(|scope| {
        let structure = thread::Builder::new().spawn_scoped(scope, move || {
            let told = structure::check(&second);
            if told.is_err() {
                // Pages in a circle would be read for ever.
                interrupt(&stop_reading, || has_ended.load(Ordering::SeqCst));
            }
            told
        });
        // There may be no thread to be had.
        let Ok(structure) = structure else { return one_by_one(conn, read) };
        let reading = Reading { has_ended };
        let books = read();
        drop(reading);
        if matches!(books, Err(Error::Canceled)) {
            interrupt(&stop_checking, || structure.is_finished());
            return books;
        }
        let told = structure.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        sound(books?, told)
    })
}

/// The reading of the books. It ends also where it panics, or the other side would wait for ever.
struct Reading<'a> {
    has_ended: &'a AtomicBool,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }
}

fn one_by_one<T>(conn: &Connection, read: impl FnOnce() -> Result<T>) -> Result<T> {
    let told = structure::check(conn)?;
    sound(read()?, told)
}

/// What was read, if SQLite found nothing in single rows either.
fn sound<T>(books: T, told: String) -> Result<T> {
    if told == "ok" { Ok(books) } else { Err(unsound(None, told, Invariant::File)) }
}

/// An interruption reaches only a statement that runs, so it is repeated.
fn interrupt(other: &InterruptHandle, has_ended: impl Fn() -> bool) {
    while !has_ended() {
        other.interrupt();
        thread::sleep(AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        panic::{AssertUnwindSafe, catch_unwind},
    };

    use super::*;

    /// A file that says in its header that it has a free page, which it has not.
    fn damaged() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[39] = 1;
        fs::write(&path, bytes).unwrap();
        (folder, Connection::open(path).unwrap())
    }

    /// A query without an end, as pages in a circle make of any other.
    fn for_ever(conn: &Connection) -> Result<i64> {
        let endless =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n";
        Ok(conn.query_row(endless, [], |row| row.get(0))?)
    }

    #[test]
    fn a_damaged_structure_ends_the_reading_and_is_told_first() {
        let (_folder, second) = damaged();
        let conn = Connection::open_in_memory().unwrap();
        let found = check(&conn, Some(second), || for_ever(&conn));
        assert!(matches!(found, Err(Error::Unsound(_))), "{found:?}");
        let (_folder, second) = damaged();
        let found = check(&conn, Some(second), || Err::<(), _>(Error::corrupt("a row")));
        assert!(matches!(found, Err(Error::Unsound(_))), "{found:?}");
    }

    #[test]
    fn a_panic_while_reading_is_passed_on() {
        let (_folder, second) = damaged();
        let conn = Connection::open_in_memory().unwrap();
        let read = || check(&conn, Some(second), || -> Result<()> { panic!("in a callback") });
        assert!(catch_unwind(AssertUnwindSafe(read)).is_err());
    }

    #[test]
    fn who_cancels_does_not_wait_for_the_structure() {
        let conn = Connection::open_in_memory().unwrap();
        let stop = conn.get_interrupt_handle();
        thread::scope(|scope| {
            let endless = scope.spawn(move || for_ever(&conn).is_err());
            interrupt(&stop, || endless.is_finished());
            assert!(endless.join().unwrap());
        });
    }
}
