//! What SQLite finds in the structure of the file, beside the books. In two threads both together take as long
//! as the longer of the two.

use std::{
    panic::resume_unwind,
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

/// Reads the books, and has the structure checked by the second connection meanwhile, or beforehand if there is
/// none. A damaged structure comes first, whenever it is found: without a sound one nothing can be read
/// safely. What SQLite says of single rows comes last, because it does not say which.
pub(super) fn check<T>(
    conn: &Connection,
    second: Option<Connection>,
    read: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let Some(second) = second else { return one_by_one(conn, read) };
    let (stop_reading, stop_checking) =
        (conn.get_interrupt_handle(), second.get_interrupt_handle());
    let reading = &AtomicBool::new(true);
    thread::scope(|scope| {
        let structure = thread::Builder::new().spawn_scoped(scope, move || {
            let told = structure::check(&second);
            if told.is_err() {
                // Pages in a circle would be read for ever.
                interrupt(&stop_reading, || reading.load(Ordering::SeqCst));
            }
            told
        });
        // There may be no thread to be had.
        let Ok(structure) = structure else { return one_by_one(conn, read) };
        let until_it_ends = Reading(reading);
        let books = read();
        drop(until_it_ends);
        if matches!(books, Err(Error::Canceled)) {
            interrupt(&stop_checking, || !structure.is_finished());
            return books;
        }
        sound(structure.join().unwrap_or_else(|panic| resume_unwind(panic))?, books)
    })
}

fn one_by_one<T>(conn: &Connection, read: impl FnOnce() -> Result<T>) -> Result<T> {
    sound(structure::check(conn)?, read())
}

/// The books, unless something is wrong with them, or SQLite found something in their rows.
fn sound<T>(told: String, books: Result<T>) -> Result<T> {
    let books = books?;
    if told == "ok" { Ok(books) } else { Err(unsound(None, told, Invariant::File)) }
}

/// The reading of the books. It ends also where it panics: else the other thread would wait for ever.
struct Reading<'a>(&'a AtomicBool);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Stops what runs on a connection. That reaches only a statement that runs, so it is repeated.
fn interrupt(other: &InterruptHandle, runs: impl Fn() -> bool) {
    while runs() {
        other.interrupt();
        thread::sleep(Duration::from_millis(1));
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
            interrupt(&stop, || !endless.is_finished());
            assert!(endless.join().unwrap());
        });
    }
}
