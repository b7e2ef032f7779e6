//! Endpoints of webhooks in PostgreSQL, and which node sends: the one that holds the row of senders, until it
//! gives it back, or does not come for it in time by the database's clock. Only the holder notes how far
//! endpoints have come.

mod moving;

use std::time::Duration;

use refundry::Mark;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use super::{Postgres, PostgresOptions, get, not_on_standby, strange};
use crate::{
    endpoint::{Change, EventAside, Noted, Place, Sender, StoredEndpoint},
    engine::{EngineError, Head},
};

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

type Result<T> = std::result::Result<T, EngineError>;

/// Takes over from a sender that did not come in time. Where there is no endpoint there is nothing to send. If the
/// time is longer than anybody was given, the clock was set back: whoever holds it then has as long as others.
const TAKE: &str = "WITH taken AS (
        UPDATE refundry.sender
        SET holder = CASE WHEN until < clock_timestamp() THEN $1 ELSE holder END,
            until = clock_timestamp() + $2 * interval '1 millisecond'
        WHERE (until < clock_timestamp() OR until > clock_timestamp() + $2 * interval '1 millisecond')
            AND EXISTS (SELECT FROM refundry.endpoints)
        RETURNING holder
    )
    SELECT EXISTS (SELECT FROM taken WHERE holder = $1),
        (SELECT until > clock_timestamp() FROM refundry.sender)";

const RENEW: &str = "UPDATE refundry.sender
    SET until = clock_timestamp() + $2 * interval '1 millisecond'
    WHERE holder = $1 RETURNING true";

const LEAVE: &str = "UPDATE refundry.sender SET holder = '', until = '-infinity' WHERE holder = $1";

/// Where the next books end, each found by the index.
const ENDS: &str = "SELECT b.merchant, last.n || ':' || encode(last.hash, 'hex') FROM (
        SELECT merchant FROM refundry.recordings WHERE n = 1 AND merchant > $1
        ORDER BY merchant LIMIT $2
    ) b JOIN LATERAL (
        SELECT n, hash FROM refundry.recordings r
        WHERE r.merchant = b.merchant ORDER BY n DESC LIMIT 1
    ) last ON true ORDER BY b.merchant";

/// A sender that comes later looks at all books first.
const PUBLISH: &str = "INSERT INTO refundry.news (merchant, n, hash)
    SELECT * FROM unnest($1, $2, $3)
    WHERE EXISTS (SELECT FROM refundry.sender WHERE until > clock_timestamp())
    ON CONFLICT DO NOTHING";

const NEWS: &str = "DELETE FROM refundry.news
    WHERE EXISTS (SELECT FROM refundry.sender WHERE holder = $1)
    RETURNING merchant, n || ':' || encode(hash, 'hex')";

const LIST: &str = "SELECT endpoint, id, revision, settings, trouble FROM refundry.endpoints
    WHERE revision > 0 ORDER BY endpoint";

const ADD: &str = "WITH new AS (
        INSERT INTO refundry.endpoints (id, revision, settings) VALUES ($1, 1, $2) RETURNING endpoint
    )
    INSERT INTO refundry.endpoint_cursors (endpoint, merchant, event, moment)
    SELECT new.endpoint, place.* FROM new, unnest($3, $4, $5) AS place";

const CHANGE: &str = "WITH known AS (
        UPDATE refundry.endpoints SET revision = $2 + 1, settings = $3,
            trouble = CASE WHEN $4 THEN NULL ELSE trouble END
        WHERE id = $1 AND revision = $2 RETURNING endpoint
    ), again AS (
        UPDATE refundry.events_set_aside AS a SET again = true FROM known
        WHERE $4 AND a.endpoint = known.endpoint
    )
    SELECT FROM known";

const CURSORS: &str = "SELECT merchant, event, moment FROM refundry.endpoint_cursors
    WHERE endpoint = $1";

/// The ids of a book's events sort as they happened.
const ASIDE: &str = "SELECT event, type, merchant, moment, problem FROM refundry.events_set_aside
    WHERE endpoint = $1 AND (again OR NOT $2) ORDER BY merchant, event";

/// What a sender notes, if it is the sender still: whoever takes over waits for this lock, and reads afterwards.
/// Where an endpoint and its revision are named, an operator who changes it waits as well, or was faster.
const RECORD: &str = "
WITH sender AS MATERIALIZED (
    SELECT holder FROM refundry.sender WHERE holder = $1 FOR UPDATE
), known AS MATERIALIZED (
    SELECT endpoint FROM refundry.endpoints
    WHERE endpoint = $17 AND revision = $18 AND EXISTS (SELECT FROM sender) FOR UPDATE
), held AS MATERIALIZED (
    SELECT FROM sender WHERE $17 IS NULL OR EXISTS (SELECT FROM known)
), advanced AS (
    INSERT INTO refundry.endpoint_cursors (endpoint, merchant, event, moment)
    SELECT * FROM unnest($2, $3, $4, $5) AS new (endpoint, merchant, event, moment)
    WHERE EXISTS (SELECT FROM held)
        AND EXISTS (SELECT FROM refundry.endpoints e WHERE e.endpoint = new.endpoint)
    ON CONFLICT (endpoint, merchant) DO UPDATE SET event = excluded.event, moment = excluded.moment
), noted AS (
    UPDATE refundry.endpoints AS e SET trouble = new.trouble
    FROM unnest($6, $7) AS new (endpoint, trouble)
    WHERE e.endpoint = new.endpoint AND EXISTS (SELECT FROM held)
), aside AS (
    INSERT INTO refundry.events_set_aside (endpoint, event, type, merchant, moment, problem)
    SELECT * FROM unnest($8, $9, $10, $11, $12, $13)
        AS new (endpoint, event, type, merchant, moment, problem)
    WHERE EXISTS (SELECT FROM held)
        AND EXISTS (SELECT FROM refundry.endpoints e WHERE e.endpoint = new.endpoint)
    ON CONFLICT (endpoint, event) DO UPDATE SET moment = excluded.moment,
        problem = excluded.problem, again = false
), arrived AS (
    DELETE FROM refundry.events_set_aside AS a
    USING unnest($14, $15, $16) AS new (endpoint, event, arrived)
    WHERE a.endpoint = new.endpoint AND a.event = new.event AND new.arrived
        AND EXISTS (SELECT FROM held)
), given_up AS (
    UPDATE refundry.events_set_aside AS a SET again = false
    FROM unnest($14, $15, $16) AS new (endpoint, event, arrived)
    WHERE a.endpoint = new.endpoint AND a.event = new.event AND NOT new.arrived
        AND EXISTS (SELECT FROM held)
)
SELECT EXISTS (SELECT FROM held) FROM sender";

/// The endpoints of a fleet, through a connection of their own.
pub struct Endpoints(Postgres);

impl Endpoints {
    /// Endpoints in a database that was not connected to yet.
    ///
    /// # Errors
    /// As [`Postgres::new`].
    pub fn new(options: PostgresOptions) -> Result<Self> {
        Postgres::new(options).map(Self)
    }

    /// Whether the fleet has the tables of endpoints. One that was set up by an older program gets them when
    /// it is set up by this one.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    pub fn are_there(&mut self) -> Result<bool> {
        let rows = self.0.read("SELECT to_regclass('refundry.news') IS NOT NULL", &[])?;
        get(rows.first().ok_or_else(|| strange("no answer"))?, 0)
    }

    /// Makes a holder the sender for so long, if there is no other and something to send to. Tells who is. A
    /// holder's name is used once: whoever lost its place takes another. All are given the same time: of a longer
    /// one the rest is taken away.
    ///
    /// # Errors
    /// Any [`EngineError`]. In doubt it may be the sender.
    pub fn take(&mut self, holder: &str, time: Duration) -> Result<Sender> {
        let rows = self.hold(TAKE, holder, time)?;
        let row = rows.first().ok_or_else(|| strange("no answer"))?;
        // Without its one row there can be no sender.
        Ok(match (get(row, 0)?, get::<Option<bool>>(row, 1)?) {
            (true, _) => Sender::This,
            (false, Some(true)) => Sender::Another,
            (false, Some(false) | None) => Sender::Nobody,
        })
    }

    /// Keeps a sender's place for so long from now on. Tells whether it still had it.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn renew(&mut self, holder: &str, time: Duration) -> Result<bool> {
        Ok(!self.hold(RENEW, holder, time)?.is_empty())
    }

    fn hold(&mut self, sql: &str, holder: &str, time: Duration) -> Result<Vec<Row>> {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let parameters: [Parameter<'_>; 2] = [(&holder, Type::TEXT), (&time, Type::INT8)];
        self.write(sql, &parameters)
    }

    /// Gives a sender's place back, if it still has it.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn leave(&mut self, holder: &str) -> Result<()> {
        self.write(LEAVE, &[(&holder, Type::TEXT)]).map(drop)
    }

    /// Where books end: of at most so many merchants after one, sorted by id.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    pub fn ends(&mut self, after: &str, limit: u32) -> Result<Vec<Head>> {
        let limit = i64::from(limit);
        let rows = self.0.read(ENDS, &[(&after, Type::TEXT), (&limit, Type::INT8)])?;
        rows.iter().map(head).collect()
    }

    /// Tells the sender, if there is one, where books end in which this node recorded.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn publish(&mut self, news: &[Head]) -> Result<()> {
        let merchants: Vec<&str> = news.iter().map(|head| head.merchant.as_str()).collect();
        let numbers: Vec<i64> = news.iter().map(|head| head.mark.n).collect();
        let hashes: Vec<&[u8]> =
            news.iter().map(|head| head.mark.hash.as_bytes().as_slice()).collect();
        let parameters: [Parameter<'_>; 3] = [
            (&merchants, Type::TEXT_ARRAY),
            (&numbers, Type::INT8_ARRAY),
            (&hashes, Type::BYTEA_ARRAY),
        ];
        self.write(PUBLISH, &parameters).map(drop)
    }

    /// What other nodes told the sender since it asked last.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn news(&mut self, holder: &str) -> Result<Vec<Head>> {
        self.write(NEWS, &[(&holder, Type::TEXT)])?.iter().map(head).collect()
    }

    /// Every endpoint, the oldest first.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    pub fn list(&mut self) -> Result<Vec<StoredEndpoint>> {
        let read = |row: &Row| {
            Ok(StoredEndpoint {
                number: get(row, 0)?,
                id: get(row, 1)?,
                revision: get(row, 2)?,
                settings: get(row, 3)?,
                trouble: get(row, 4)?,
            })
        };
        self.0.read(LIST, &[])?.iter().map(read).collect()
    }

    /// Adds an endpoint of the revision 1, and where it begins in each book; elsewhere it begins with the
    /// first event.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn add(&mut self, id: &str, settings: &str, begin: &[Place]) -> Result<()> {
        let merchants: Vec<&str> = begin.iter().map(|place| place.merchant.as_str()).collect();
        let events: Vec<Option<&str>> = begin.iter().map(|place| place.event.as_deref()).collect();
        let moments: Vec<i64> = begin.iter().map(|place| place.moment).collect();
        let parameters: [Parameter<'_>; 5] = [
            (&id, Type::TEXT),
            (&settings, Type::TEXT),
            (&merchants, Type::TEXT_ARRAY),
            (&events, Type::TEXT_ARRAY),
            (&moments, Type::INT8_ARRAY),
        ];
        self.write(ADD, &parameters).map(drop)
    }

    /// Removes an endpoint, and all that is known of it. Tells whether it was there.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn remove(&mut self, id: &str) -> Result<bool> {
        let sql = "DELETE FROM refundry.endpoints WHERE id = $1 AND revision > 0 RETURNING true";
        Ok(!self.write(sql, &[(&id, Type::TEXT)])?.is_empty())
    }

    /// Changes what is said of an endpoint, if it still has this revision, and tells whether it had. `afresh`
    /// forgets its trouble, and has sent again what was set aside.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn change(
        &mut self,
        id: &str,
        revision: i64,
        settings: &str,
        afresh: bool,
    ) -> Result<bool> {
        let parameters: [Parameter<'_>; 4] = [
            (&id, Type::TEXT),
            (&revision, Type::INT8),
            (&settings, Type::TEXT),
            (&afresh, Type::BOOL),
        ];
        Ok(!self.write(CHANGE, &parameters)?.is_empty())
    }

    /// How far an endpoint has come in each book.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    pub fn cursors(&mut self, endpoint: i64) -> Result<Vec<Place>> {
        let read = |row: &Row| {
            Ok(Place { merchant: get(row, 0)?, event: get(row, 1)?, moment: get(row, 2)? })
        };
        self.0.read(CURSORS, &[(&endpoint, Type::INT8)])?.iter().map(read).collect()
    }

    /// What was set aside of an endpoint, the oldest first; only what is to be sent again, or all.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    pub fn aside(&mut self, endpoint: i64, only_again: bool) -> Result<Vec<EventAside>> {
        let read = |row: &Row| {
            Ok(EventAside {
                event: get(row, 0)?,
                r#type: get(row, 1)?,
                merchant: get(row, 2)?,
                moment: get(row, 3)?,
                problem: get(row, 4)?,
            })
        };
        let parameters: [Parameter<'_>; 2] = [(&endpoint, Type::INT8), (&only_again, Type::BOOL)];
        self.0.read(ASIDE, &parameters)?.iter().map(read).collect()
    }

    /// How many events of all endpoints are set aside.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    pub fn count_aside(&mut self) -> Result<i64> {
        let rows = self.0.read("SELECT count(*) FROM refundry.events_set_aside", &[])?;
        get(rows.first().ok_or_else(|| strange("no answer"))?, 0)
    }

    /// Notes what a sender did, all of it or nothing: nothing if it is the sender no more, or if an endpoint
    /// (by its number) has another revision than the one that is named.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub fn record(
        &mut self,
        holder: &str,
        unchanged: Option<(i64, i64)>,
        changes: &[Change],
    ) -> Result<Noted> {
        let columns = Columns::of(changes);
        let (endpoint, revision) = unchanged.unzip();
        let mut parameters: Vec<Parameter<'_>> = vec![(&holder, Type::TEXT)];
        parameters.extend(columns.parameters());
        let of_endpoint: [Parameter<'_>; 2] = [(&endpoint, Type::INT8), (&revision, Type::INT8)];
        parameters.extend(of_endpoint);
        let rows = self.write(RECORD, &parameters)?;
        Ok(match rows.first().map(|row| get(row, 0)).transpose()? {
            None => Noted::TakenOver,
            Some(false) => Noted::Changed,
            Some(true) => Noted::Whole,
        })
    }

    /// Asks something that changes something.
    fn write(&mut self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>> {
        self.0.with_session(async |session| {
            let rows = session.query(sql, parameters).await?;
            if session.was_warned() { Err(not_on_standby()) } else { Ok(rows) }
        })
    }
}

/// Changes by their columns, as the statement takes them.
#[derive(Default)]
struct Columns<'a> {
    advanced: Advanced<'a>,
    noted: (Vec<i64>, Vec<Option<&'a str>>),
    aside: Aside<'a>,
    settled: (Vec<i64>, Vec<&'a str>, Vec<bool>),
}

#[derive(Default)]
struct Advanced<'a> {
    endpoints: Vec<i64>,
    merchants: Vec<&'a str>,
    events: Vec<Option<&'a str>>,
    moments: Vec<i64>,
}

#[derive(Default)]
struct Aside<'a> {
    endpoints: Vec<i64>,
    events: Vec<&'a str>,
    types: Vec<&'a str>,
    merchants: Vec<&'a str>,
    moments: Vec<i64>,
    problems: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let mut columns = Self::default();
        for change in changes {
            match change {
                Change::Advance(endpoint, place) => columns.advanced.push(*endpoint, place),
                Change::Trouble(endpoint, trouble) => {
                    columns.noted.0.push(*endpoint);
                    columns.noted.1.push(trouble.as_deref());
                }
                Change::SetAside(endpoint, given_up) => columns.aside.push(*endpoint, given_up),
                Change::Settle { endpoint, event, arrived } => {
                    columns.settled.0.push(*endpoint);
                    columns.settled.1.push(event);
                    columns.settled.2.push(*arrived);
                }
            }
        }
        columns
    }

    fn parameters(&self) -> [Parameter<'_>; 15] {
        let Self { advanced, noted, aside, settled } = self;
        [
            (&advanced.endpoints, Type::INT8_ARRAY),
            (&advanced.merchants, Type::TEXT_ARRAY),
            (&advanced.events, Type::TEXT_ARRAY),
            (&advanced.moments, Type::INT8_ARRAY),
            (&noted.0, Type::INT8_ARRAY),
            (&noted.1, Type::TEXT_ARRAY),
            (&aside.endpoints, Type::INT8_ARRAY),
            (&aside.events, Type::TEXT_ARRAY),
            (&aside.types, Type::TEXT_ARRAY),
            (&aside.merchants, Type::TEXT_ARRAY),
            (&aside.moments, Type::INT8_ARRAY),
            (&aside.problems, Type::TEXT_ARRAY),
            (&settled.0, Type::INT8_ARRAY),
            (&settled.1, Type::TEXT_ARRAY),
            (&settled.2, Type::BOOL_ARRAY),
        ]
    }
}

impl<'a> Advanced<'a> {
    fn push(&mut self, endpoint: i64, place: &'a Place) {
        self.endpoints.push(endpoint);
        self.merchants.push(&place.merchant);
        self.events.push(place.event.as_deref());
        self.moments.push(place.moment);
    }
}

impl<'a> Aside<'a> {
    fn push(&mut self, endpoint: i64, given_up: &'a EventAside) {
        self.endpoints.push(endpoint);
        self.events.push(&given_up.event);
        self.types.push(&given_up.r#type);
        self.merchants.push(&given_up.merchant);
        self.moments.push(given_up.moment);
        self.problems.push(&given_up.problem);
    }
}

/// Where a row says that a book ends.
fn head(row: &Row) -> Result<Head> {
    let mark = Mark::parse(get(row, 1)?).map_err(|_| strange("a recording without a mark"))?;
    Ok(Head { merchant: get(row, 0)?, mark })
}
