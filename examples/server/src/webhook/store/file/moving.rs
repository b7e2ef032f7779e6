//! Endpoints that are moved between a file and a fleet. Those that are on their way here have the revision 0, and
//! nobody is shown them.

use rusqlite::{TransactionBehavior, params};

use super::{File, Result, Settings, advance, note, set_aside};
use crate::webhook::store::moving::Whole;

impl File {
    /// Keeps everybody else from writing until what is here is forgotten, or the file is closed.
    pub(in crate::webhook::store) fn hold(&self) -> Result<()> {
        // What is forgotten is overwritten, because secrets are in it.
        let sql = "PRAGMA secure_delete = ON; BEGIN IMMEDIATE";
        Ok(self.conn.borrow().execute_batch(sql)?)
    }

    /// Puts down an endpoint that is on its way here, in place of what an earlier attempt put down.
    pub(in crate::webhook::store) fn stage(&self, whole: &Whole) -> Result<()> {
        let (endpoint, settings) = (&whole.endpoint, Settings::of(&whole.endpoint));
        let mut conn = self.conn.borrow_mut();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute("DELETE FROM endpoints WHERE id = ?1 AND revision = 0", [&endpoint.id])?;
        tx.execute(
            "INSERT INTO endpoints (id, url, private, merchant, types, header, secret, old_secret,
                 old_until, paused, created_at, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0)",
            params![
                endpoint.id,
                settings.url,
                settings.private,
                settings.merchant,
                settings.types,
                settings.header,
                settings.secret,
                settings.old_secret,
                settings.old_until,
                settings.paused,
                settings.created_at
            ],
        )?;
        let number = tx.last_insert_rowid();
        note(&tx, number, endpoint.trouble.as_ref())?;
        for (merchant, cursor) in &whole.cursors {
            advance(&tx, number, merchant, cursor)?;
        }
        for (given_up, again) in &whole.aside {
            set_aside(&tx, number, given_up)?;
            let sql = "UPDATE set_aside SET again = ?3 WHERE endpoint = ?1 AND event = ?2";
            tx.prepare_cached(sql)?.execute(params![number, given_up.event, again])?;
        }
        Ok(tx.commit()?)
    }

    pub(in crate::webhook::store) fn unstage(&self, id: &str) -> Result<()> {
        let sql = "DELETE FROM endpoints WHERE id = ?1 AND revision = 0";
        self.conn.borrow().execute(sql, [id])?;
        Ok(())
    }

    /// How many endpoints were put down, of a move that did not come to its end.
    pub(in crate::webhook::store) fn count_staged(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM endpoints WHERE revision = 0";
        Ok(self.conn.borrow().query_row(sql, [], |row| row.get(0))?)
    }

    /// Has events sent to all endpoints that were put down. Tells how many these are.
    pub(in crate::webhook::store) fn activate(&self) -> Result<usize> {
        let sql = "UPDATE endpoints SET revision = 1 WHERE revision = 0";
        Ok(self.conn.borrow().execute(sql, [])?)
    }

    /// Removes all endpoints, and lets others write again.
    pub(in crate::webhook::store) fn forget(&self) -> Result<()> {
        let sql = "DELETE FROM endpoints WHERE revision > 0; COMMIT";
        self.conn.borrow().execute_batch(sql)?;
        // The log has the secrets too.
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.conn.borrow().query_row(sql, [], |_| Ok(()))?)
    }
}
