//! Verification of a ledger.

use std::ops::ControlFlow;

use super::ledger::Ledger;
use crate::{
    sqlite::{file, tx, verify},
    words::{
        chain::Head,
        error::Result,
        progress::{VerifyProgress, VerifyReport},
    },
};

impl Ledger {
    /// Reads everything once and checks every invariant and every book's chain. `kept` are heads
    /// noted earlier, by merchant: each must still stand in its book's chain. A thread of its own reads a
    /// larger file alongside, through a connection of its own, and ends with the call.
    ///
    /// # Errors
    /// [`Error::Unsound`](crate::Error::Unsound) names the first thing that is wrong; [`CORRUPT`](crate::FileError::CORRUPT) if SQLite
    /// finds the file damaged; [`Error::Canceled`](crate::Error::Canceled); failures of the machine.
    pub fn verify(
        &mut self,
        kept: &[(String, Head)],
        progress: impl FnMut(&VerifyProgress) -> ControlFlow<()>,
    ) -> Result<VerifyReport> {
        self.outside_a_batch()?;
        // One read transaction: other processes may go on writing meanwhile.
        let second = self.place.as_ref().and_then(|place| file::second(&self.conn, place));
        let verified = tx::read(&mut self.conn, second, |conn, second| {
            verify::run(conn, second, kept, progress)
        });
        verified.map_err(|error| tx::of_file(error, &self.conn))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::Path,
        thread,
        time::{Duration, Instant},
    };

    use super::*;
    use crate::{handles::options::Options, sqlite::Connection, words::error::Error};

    /// A ledger in a file that is worth a second connection.
    fn large(path: &Path) -> Ledger {
        let ledger = Ledger::open(path, Options::default()).unwrap();
        let others = "CREATE TABLE others AS SELECT zeroblob(3000000);
                      CREATE TABLE counter AS SELECT 0 AS n";
        ledger.conn.execute_batch(others).unwrap();
        ledger
    }

    fn second(ledger: &Ledger) -> Option<Connection> {
        file::second(&ledger.conn, ledger.place.as_ref()?)
    }

    fn is_worth_it() -> bool {
        thread::available_parallelism().unwrap().get() > 1
    }

    #[test]
    fn a_second_connection_is_opened_where_it_is_worth_it_and_sees_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let [path, moved, small] =
            ["ledger", "moved", "small"].map(|name| folder.path().join(name));
        let ledger = large(&path);
        assert_eq!(second(&ledger).is_some(), is_worth_it());
        assert!(second(&Ledger::open(&small, Options::default()).unwrap()).is_none());
        fs::rename(&path, &moved).unwrap();
        assert!(second(&ledger).is_none());
        fs::copy(&moved, &path).unwrap();
        assert!(second(&ledger).is_none());
    }

    #[test]
    fn both_connections_see_the_same_commits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut ledger = large(&path);
        let writer = Connection::open(&path).unwrap();
        let writes = thread::spawn(move || {
            let begun = Instant::now();
            writer.execute_batch("PRAGMA synchronous = OFF").unwrap();
            while begun.elapsed() < Duration::from_secs(1) {
                writer.execute_batch("UPDATE counter SET n = n + 1").unwrap();
            }
        });
        let number = |conn: &Connection| -> i64 {
            conn.query_row("SELECT n FROM counter", [], |row| row.get(0)).unwrap()
        };
        let mut pairs = Vec::new();
        while !writes.is_finished() {
            let second = second(&ledger);
            let seen = tx::read(&mut ledger.conn, second, |conn, second| {
                Ok((number(conn), second.map(|second| number(&second))))
            });
            pairs.push(seen.unwrap());
        }
        let both: Vec<_> = pairs.iter().filter_map(|(one, two)| Some((*one, (*two)?))).collect();
        assert!(!both.is_empty() || !is_worth_it(), "none of {}", pairs.len());
        assert!(both.iter().all(|(one, two)| one == two), "{both:?}");
    }

    #[test]
    fn a_verification_in_two_threads_can_be_canceled_and_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = large(&folder.path().join("ledger"));
        let canceled = ledger.verify(&[], |_| ControlFlow::Break(()));
        assert!(matches!(canceled, Err(Error::Canceled)));
        assert!(ledger.verify(&[], |_| ControlFlow::Continue(())).is_ok());
    }
}
