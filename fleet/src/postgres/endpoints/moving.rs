//! Endpoints that are moved between a fleet and a file. Those that are on their way here have the revision 0, and
//! nobody is shown them; so they can be put down bit by bit, and again after the move was cut off.

use tokio_postgres::types::Type;

use super::{Endpoints, Parameter, Result};
use crate::{
    endpoint::{EventAside, Place, StoredEndpoint},
    postgres::get,
};

/// How many rows one statement puts down.
const ROWS: usize = 5_000;

const STAGE: &str = "INSERT INTO refundry.endpoints (id, revision, settings, trouble)
    VALUES ($1, 0, $2, $3)";

const UNSTAGE: &str = "DELETE FROM refundry.endpoints WHERE id = $1 AND revision = 0";

const STAGE_PLACES: &str =
    "INSERT INTO refundry.endpoint_cursors (endpoint, merchant, event, moment)
    SELECT e.endpoint, place.* FROM refundry.endpoints e, unnest($2, $3, $4) AS place
    WHERE e.id = $1 AND e.revision = 0";

const STAGE_ASIDE: &str = "INSERT INTO refundry.events_set_aside
        (endpoint, event, type, merchant, moment, problem, again)
    SELECT e.endpoint, aside.* FROM refundry.endpoints e, unnest($2, $3, $4, $5, $6, $7) AS aside
    WHERE e.id = $1 AND e.revision = 0";

/// Whoever takes over meanwhile waits for the lock, or was faster.
const FORGET: &str = "WITH held AS MATERIALIZED (
        SELECT FROM refundry.sender WHERE holder = $1 FOR UPDATE
    )
    DELETE FROM refundry.endpoints AS e USING unnest($2, $3) AS known (endpoint, revision)
    WHERE e.endpoint = known.endpoint AND e.revision = known.revision AND EXISTS (SELECT FROM held)
    RETURNING e.id";

impl Endpoints {
    /// Puts down an endpoint that is on its way here, in place of what an earlier attempt put down. Only
    /// [`Endpoints::activate`] makes it one that events are sent to. With each event goes whether it is to be sent
    /// again.
    ///
    /// # Errors
    /// Any [`EngineError`](crate::EngineError), also where the fleet has the endpoint already.
    pub fn stage(
        &mut self,
        endpoint: &StoredEndpoint,
        places: &[Place],
        aside: &[(EventAside, bool)],
    ) -> Result<()> {
        let StoredEndpoint { id, settings, trouble, .. } = endpoint;
        self.unstage(id)?;
        let parameters: [Parameter<'_>; 3] =
            [(id, Type::TEXT), (settings, Type::TEXT), (trouble, Type::TEXT)];
        self.write(STAGE, &parameters)?;
        for rows in places.chunks(ROWS) {
            self.stage_places(id, rows)?;
        }
        aside.chunks(ROWS).try_for_each(|rows| self.stage_aside(id, rows))
    }

    fn stage_places(&mut self, id: &str, places: &[Place]) -> Result<()> {
        let merchants: Vec<&str> = places.iter().map(|place| place.merchant.as_str()).collect();
        let events: Vec<Option<&str>> = places.iter().map(|place| place.event.as_deref()).collect();
        let moments: Vec<i64> = places.iter().map(|place| place.moment).collect();
        let parameters: [Parameter<'_>; 4] = [
            (&id, Type::TEXT),
            (&merchants, Type::TEXT_ARRAY),
            (&events, Type::TEXT_ARRAY),
            (&moments, Type::INT8_ARRAY),
        ];
        self.write(STAGE_PLACES, &parameters).map(drop)
    }

    fn stage_aside(&mut self, id: &str, aside: &[(EventAside, bool)]) -> Result<()> {
        fn texts(aside: &[(EventAside, bool)], text: impl Fn(&EventAside) -> &String) -> Vec<&str> {
            aside.iter().map(|(event, _)| text(event).as_str()).collect()
        }
        let events = texts(aside, |event| &event.event);
        let types = texts(aside, |event| &event.r#type);
        let merchants = texts(aside, |event| &event.merchant);
        let moments: Vec<i64> = aside.iter().map(|(event, _)| event.moment).collect();
        let problems = texts(aside, |event| &event.problem);
        let again: Vec<bool> = aside.iter().map(|(_, again)| *again).collect();
        let parameters: [Parameter<'_>; 7] = [
            (&id, Type::TEXT),
            (&events, Type::TEXT_ARRAY),
            (&types, Type::TEXT_ARRAY),
            (&merchants, Type::TEXT_ARRAY),
            (&moments, Type::INT8_ARRAY),
            (&problems, Type::TEXT_ARRAY),
            (&again, Type::BOOL_ARRAY),
        ];
        self.write(STAGE_ASIDE, &parameters).map(drop)
    }

    /// Takes back an endpoint that was put down.
    ///
    /// # Errors
    /// Any [`EngineError`](crate::EngineError).
    pub fn unstage(&mut self, id: &str) -> Result<()> {
        self.write(UNSTAGE, &[(&id, Type::TEXT)]).map(drop)
    }

    /// How many endpoints were put down, of a move that did not come to its end.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`](crate::EngineError::Unavailable) or
    /// [`EngineError::Refused`](crate::EngineError::Refused).
    pub fn count_staged(&mut self) -> Result<i64> {
        let sql = "SELECT count(*) FROM refundry.endpoints WHERE revision = 0";
        self.0.read(sql, &[])?.first().map_or(Ok(0), |row| get(row, 0))
    }

    /// Has events sent to all endpoints that were put down. Tells how many these are.
    ///
    /// # Errors
    /// Any [`EngineError`](crate::EngineError).
    pub fn activate(&mut self) -> Result<usize> {
        let sql = "UPDATE refundry.endpoints SET revision = 1 WHERE revision = 0 RETURNING true";
        Ok(self.write(sql, &[])?.len())
    }

    /// Removes endpoints that were put down elsewhere, if the holder is the sender: so nothing was sent to them
    /// since. Returns the ids of those that still had their revision, and are gone.
    ///
    /// # Errors
    /// Any [`EngineError`](crate::EngineError).
    pub fn forget(&mut self, holder: &str, known: &[StoredEndpoint]) -> Result<Vec<String>> {
        let numbers: Vec<i64> = known.iter().map(|endpoint| endpoint.number).collect();
        let revisions: Vec<i64> = known.iter().map(|endpoint| endpoint.revision).collect();
        let parameters: [Parameter<'_>; 3] =
            [(&holder, Type::TEXT), (&numbers, Type::INT8_ARRAY), (&revisions, Type::INT8_ARRAY)];
        self.write(FORGET, &parameters)?.iter().map(|row| get(row, 0)).collect()
    }
}
