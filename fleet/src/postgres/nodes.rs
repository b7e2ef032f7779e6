//! Nodes that tell each other in PostgreSQL where they can be reached. It is a hint: what is recorded is right
//! whichever node decides it.

use std::time::Duration;

use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use super::{Postgres, PostgresOptions, get, strange};
use crate::engine::EngineError;

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

type Result<T> = std::result::Result<T, EngineError>;

/// A node that was seen in the future was seen before the clock was set back. Those that are long gone are
/// forgotten.
const ANNOUNCE: &str = "WITH announced AS (
        INSERT INTO refundry.nodes (address, token, seen) VALUES ($1, $2, clock_timestamp())
        ON CONFLICT (address) DO UPDATE SET token = excluded.token, seen = excluded.seen
    ), forgotten AS (
        DELETE FROM refundry.nodes WHERE address <> $1 AND seen < clock_timestamp() - interval '1 day'
    )
    SELECT address, token FROM refundry.nodes
    WHERE address <> $1 AND seen > clock_timestamp() - $3 * interval '1 millisecond'
        AND seen < clock_timestamp() + $3 * interval '1 millisecond'
    ORDER BY address";

const LEAVE: &str = "DELETE FROM refundry.nodes WHERE address = $1 AND token = $2";

/// Where a node can be reached, and by what its answers are known.
#[derive(Clone, PartialEq, Eq)]
pub struct Announced {
    /// Where it can be reached: what nodes make of this text is up to them.
    pub address: String,
    /// What only nodes of the fleet know. Each process draws its own.
    pub token: String,
}

/// The nodes of a fleet that take requests from each other, through a connection of its own.
pub struct Nodes(Postgres);

impl Nodes {
    /// Nodes in a database that was not connected to yet.
    ///
    /// # Errors
    /// As [`Postgres::new`].
    pub fn new(options: PostgresOptions) -> Result<Self> {
        Postgres::new(options).map(Self)
    }

    /// Whether the fleet has the table of nodes. One that was set up by an older program gets it when it is set
    /// up by this one.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    pub fn are_there(&mut self) -> Result<bool> {
        let rows = self.0.read("SELECT to_regclass('refundry.nodes') IS NOT NULL", &[])?;
        get(rows.first().ok_or_else(|| strange("no answer"))?, 0)
    }

    /// Says that a node is there, and returns the others that said so within this time, by the database's clock.
    ///
    /// # Errors
    /// Any [`EngineError`]. It does no harm to say it again.
    pub fn announce(&mut self, node: &Announced, within: Duration) -> Result<Vec<Announced>> {
        let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
        let [address, token] = columns(node);
        let parameters = [address, token, (&within as _, Type::INT8)];
        let rows =
            self.0.with_session(async |session| session.query(ANNOUNCE, &parameters).await)?;
        let read = |row: &Row| Ok(Announced { address: get(row, 0)?, token: get(row, 1)? });
        rows.iter().map(read).collect()
    }

    /// Says that a node goes.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn leave(&mut self, node: &Announced) -> Result<()> {
        self.0.with_session(async |session| session.query(LEAVE, &columns(node)).await).map(drop)
    }
}

fn columns(node: &Announced) -> [Parameter<'_>; 2] {
    [(&node.address, Type::TEXT), (&node.token, Type::TEXT)]
}
