//! A merchant's book in an SQLite transaction: what rules read of it, and the one way to record.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{
    balances, charges, currencies, disputes, entries,
    file::{self, Place},
    handovers, idempotency, intents, keys, maturing, merchants, mirrors, number,
    record::Record,
    recordings, refunds, texts, transfers, tx,
};
use crate::{
    recording::{
        Action, Entry, Position, Recording,
        line::Line,
        noted::Noted,
        store::{By, Records, Store, StoredDispute, StoredHandover, StoredRefund, ToRefund},
    },
    words::{
        account::{Balances, CurrencyBalances},
        chain::Hash,
        charge::{Charge, RefundableCharge, StoredCharge},
        currency::Currency,
        dispute::DisputeStatus,
        error::{Error, Result},
        idempotency::{IdempotencyKey, Operation, StoredOutcome},
        intent::PaymentIntent,
        merchant::{Merchant, NegativeBalanceLimit},
        time::Timestamp,
        transfer::Transfer,
    },
};

/// What was read of the books, by merchant. It stays true while the write lock is held, and after a
/// commit for as long as no other connection commits.
#[derive(Default)]
pub(crate) struct Known {
    books: BTreeMap<String, State>,
    /// The balances that were changed and are not stored yet, by the numbers of merchant and currency.
    changed: BTreeMap<(i64, i64), Balances>,
    /// SQLite's number of the data that it was read from.
    version: i64,
}

impl Known {
    /// How many books are remembered at most.
    const MOST: usize = 1_024;

    /// Forgets all: a transaction was rolled back.
    pub(crate) fn clear(&mut self) {
        self.books.clear();
        self.changed.clear();
    }

    /// A book's balances, sorted by the currencies' codes: as they are stored, and as they were changed since.
    pub(crate) fn balances(
        &self,
        conn: &Connection,
        merchant: i64,
    ) -> Result<Vec<CurrencyBalances>> {
        let mut all = balances::list(conn, merchant)?;
        for ((_, number), balances) in self.changed.range((merchant, 0)..=(merchant, i64::MAX)) {
            let (currency, balances) = (currencies::numbered(conn, *number)?, *balances);
            match all.binary_search_by_key(&currency, |stored| stored.currency) {
                Ok(place) => all[place].balances = balances,
                Err(place) => all.insert(place, CurrencyBalances { currency, balances }),
            }
        }
        Ok(all)
    }

    /// Stores the balances that were changed.
    pub(crate) fn store(&self, conn: &Connection) -> Result<()> {
        self.changed.iter().try_for_each(|((merchant, currency), balances)| {
            balances::store(conn, *merchant, *currency, balances)
        })
    }

    /// Notes that what was stored is committed.
    pub(crate) fn committed(&mut self) {
        self.changed.clear();
    }

    /// A merchant's number.
    pub(crate) fn number(&self, merchant_id: &str) -> Option<i64> {
        self.books.get(merchant_id).map(|state| state.merchant)
    }

    /// Forgets all if another connection has committed since. The caller holds the write lock. A
    /// ledger in memory has no other connection.
    pub(crate) fn refresh(&mut self, conn: &Connection, place: Option<&Place>) -> Result<()> {
        let version = if place.is_some() { tx::version(conn)? } else { 0 };
        if version != self.version || self.books.len() > Self::MOST {
            self.books.clear();
            // Whoever has committed may have been a newer program that upgraded the file.
            file::check_newest(conn)?;
        }
        self.version = version;
        Ok(())
    }
}

/// What was read of one book.
struct State {
    /// The merchant's number and id.
    merchant: i64,
    merchant_id: String,
    is_mirror: Option<bool>,
    position: Option<Position>,
    limit: Option<NegativeBalanceLimit>,
    unique_references: Option<bool>,
    currencies: Vec<CurrencyState>,
}

/// What was read of a book's balances in one currency.
#[derive(Clone, Copy)]
struct CurrencyState {
    currency: Currency,
    /// Its number in the file, and the exponent that the file froze.
    number: i64,
    exponent: u32,
    balances: Balances,
}

/// All books of a file, in one transaction.
pub(crate) struct SqliteStore<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) known: &'a mut Known,
    /// Where lines are noted, if they are.
    pub(crate) noted: Option<&'a mut Noted>,
}

/// One of them.
pub(crate) struct SqliteBook<'a> {
    conn: &'a Connection,
    state: &'a mut State,
    noted: Option<&'a mut Noted>,
    changed: &'a mut BTreeMap<(i64, i64), Balances>,
}

impl Store for SqliteStore<'_> {
    type Book<'a>
        = SqliteBook<'a>
    where
        Self: 'a;

    fn book(&mut self, merchant_id: &str) -> Result<Option<SqliteBook<'_>>> {
        if !self.known.books.contains_key(merchant_id) {
            let Some(merchant) = merchants::number(self.conn, merchant_id)? else {
                return Ok(None);
            };
            self.known.books.insert(merchant_id.to_owned(), State::of(merchant, merchant_id));
        }
        Ok(self.known(merchant_id))
    }

    fn new_book(&mut self, merchant_id: &str) -> Result<SqliteBook<'_>> {
        let merchant = merchants::next_number(self.conn)?;
        self.known.books.insert(merchant_id.to_owned(), State::of(merchant, merchant_id));
        self.known(merchant_id).ok_or(Error::Internal { expected: "a book that was just begun" })
    }

    fn forget(&mut self, merchant_id: &str) {
        self.known.books.remove(merchant_id);
    }
}

impl SqliteStore<'_> {
    fn known(&mut self, merchant_id: &str) -> Option<SqliteBook<'_>> {
        let Known { books, changed, .. } = &mut *self.known;
        let (state, noted) = (books.get_mut(merchant_id)?, self.noted.as_deref_mut());
        Some(SqliteBook { conn: self.conn, state, noted, changed })
    }
}

impl State {
    fn of(merchant: i64, merchant_id: &str) -> Self {
        Self {
            merchant,
            merchant_id: merchant_id.to_owned(),
            is_mirror: None,
            position: None,
            limit: None,
            unique_references: None,
            currencies: Vec::new(),
        }
    }
}

impl SqliteBook<'_> {
    fn currency(&mut self, currency: Currency) -> Option<&mut CurrencyState> {
        self.state.currencies.iter_mut().find(|state| state.currency == currency)
    }

    /// The number of the currency that an action moves or names, and its exponent, which is frozen if this is
    /// its first use.
    fn currency_of(&mut self, recording: &Recording) -> Result<Option<(i64, u32)>> {
        let named = match &recording.action {
            Action::PaymentIntent { intent, .. } => Some(intent.currency),
            Action::Charge { charge, .. } => Some(charge.currency),
            _ => recording.entry.as_ref().map(|entry| entry.postings.currency),
        };
        let Some(currency) = named else { return Ok(None) };
        let told = recording.action.exponent();
        let known = self.currency(currency).map(|state| (state.number, state.exponent));
        if let Some((_, exponent)) = known
            && told.is_none_or(|told| told == exponent)
        {
            return Ok(known);
        }
        let exponent = match told {
            Some(exponent) => exponent,
            None => self.exponent(currency)?,
        };
        let number = currencies::number(self.conn, currency, exponent)?;
        Ok(Some((number, exponent)))
    }

    /// Asserts what must hold before anything is written.
    fn check(&mut self, recording: &Recording) -> Result<()> {
        let before = self.position()?;
        if recording.n != before.n.saturating_add(1) {
            return Err(Error::Internal { expected: "the number after the last recording's" });
        }
        let Some(entry) = &recording.entry else { return Ok(()) };
        if entry.head.seq != before.head.seq.saturating_add(1) {
            return Err(Error::Internal { expected: "the number after the head's" });
        }
        let balances = self.balances(entry.postings.currency)?;
        if balances.after_all(&entry.postings) != Some(entry.after) {
            return Err(Error::Internal { expected: "the balances before and the postings" });
        }
        check_reversal(recording, entry)
    }

    /// Notes what is true after a recording.
    fn note(&mut self, recording: &Recording, currency: Option<(i64, u32)>) {
        let Some(before) = self.state.position else { return };
        let head = recording.entry.as_ref().map_or(before.head, |entry| entry.head);
        self.state.position = Some(Position { n: recording.n, hash: recording.hash, head });
        match &recording.action {
            Action::Limit(limit) => self.state.limit = Some(limit.clone()),
            Action::UniqueReferences(required) => self.state.unique_references = Some(*required),
            _ => {}
        }
        let (Some(entry), Some((number, exponent))) = (&recording.entry, currency) else { return };
        self.changed.insert((self.state.merchant, number), entry.after);
        let (currency, balances) = (entry.postings.currency, entry.after);
        match self.currency(currency) {
            Some(state) => state.balances = balances,
            None => {
                let state = CurrencyState { currency, number, exponent, balances };
                self.state.currencies.push(state);
            }
        }
    }
}

/// The entry reversed is the object's own, and the sums of the charge have this one in them.
fn check_reversal(recording: &Recording, entry: &Entry) -> Result<()> {
    let own = match &recording.action {
        Action::Refund { taken, .. } => {
            let refunded = taken.refunded.minor();
            if entry.postings.first.is_none_or(|first| refunded < first.amount.minor()) {
                return Err(Error::Internal { expected: "a refunded sum with this refund in it" });
            }
            entry.reverses.is_some()
        }
        Action::RefundFailure { seq, taken, .. } => {
            if taken.refunded.minor() < 0 {
                return Err(Error::Internal { expected: "a refunded sum that is not negative" });
            }
            entry.reverses == Some(*seq)
        }
        Action::PayoutOutcome { seq, outcome, .. } => {
            entry.reverses == outcome.is_back().then_some(*seq)
        }
        Action::Dispute { taken, dispute, .. } => {
            if taken.disputed.minor() < dispute.amount.minor() {
                return Err(Error::Internal { expected: "a disputed sum with this dispute in it" });
            }
            entry.reverses.is_some()
        }
        Action::DisputeOutcome { seq, taken, dispute, .. } => {
            if taken.disputed.minor() < 0 {
                return Err(Error::Internal { expected: "a disputed sum that is not negative" });
            }
            entry.reverses == (dispute.status == DisputeStatus::Won).then_some(*seq)
        }
        Action::HandedOver { taken, share, .. } => {
            if taken.elsewhere.minor() < share.amount.minor() {
                return Err(Error::Internal { expected: "a sum elsewhere with this share in it" });
            }
            entry.reverses.is_none()
        }
        Action::TakenOver { taken, .. } => {
            if taken.elsewhere.minor() < 0 {
                return Err(Error::Internal { expected: "a sum elsewhere that is not negative" });
            }
            entry.reverses.is_none()
        }
        _ => entry.reverses.is_none(),
    };
    if own { Ok(()) } else { Err(Error::Internal { expected: "the entry of the object reversed" }) }
}

impl Records for SqliteBook<'_> {
    fn merchant(&mut self) -> Result<Merchant> {
        let found = merchants::find(self.conn, &self.state.merchant_id)?;
        Ok(found.ok_or_else(|| Error::missing("merchantId", &self.state.merchant_id))?.1)
    }

    fn position(&mut self) -> Result<Position> {
        let position = match self.state.position {
            Some(position) => position,
            None => recordings::position(self.conn, self.state.merchant, &self.state.merchant_id)?,
        };
        self.state.position = Some(position);
        Ok(position)
    }

    fn balances(&mut self, currency: Currency) -> Result<Balances> {
        if let Some(known) = self.currency(currency) {
            return Ok(known.balances);
        }
        // A currency that the file has not used yet has no number, and no balances.
        let Some((number, exponent)) = currencies::find(self.conn, currency)? else {
            return Ok(Balances::default());
        };
        let balances = balances::load(self.conn, self.state.merchant, number)?;
        let state = CurrencyState { currency, number, exponent, balances };
        self.state.currencies.push(state);
        Ok(balances)
    }

    fn limit(&mut self) -> Result<NegativeBalanceLimit> {
        if self.state.limit.is_none() {
            self.state.limit = Some(merchants::limit(self.conn, self.state.merchant)?);
        }
        Ok(self.state.limit.clone().unwrap_or_default())
    }

    fn unique_references(&mut self) -> Result<bool> {
        let known = match self.state.unique_references {
            Some(known) => known,
            None => merchants::unique_references(self.conn, self.state.merchant)?,
        };
        self.state.unique_references = Some(known);
        Ok(known)
    }

    fn refund_with_reference(&mut self, reference: &str) -> Result<Option<i64>> {
        refunds::with_reference(self.conn, self.state.merchant, reference)
    }

    fn exponent(&mut self, currency: Currency) -> Result<u32> {
        if let Some(known) = self.currency(currency) {
            return Ok(known.exponent);
        }
        let exponent = currencies::exponent(self.conn, currency)?;
        exponent.ok_or_else(|| Error::corrupt("a currency without an exponent"))
    }

    fn outcome(
        &mut self,
        operation: Operation,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredOutcome>> {
        idempotency::find(self.conn, self.state.merchant, operation, key)
    }

    fn intent(&mut self, by: By<'_>) -> Result<Option<(i64, PaymentIntent)>> {
        intents::find(self.conn, self.state.merchant, by)
    }

    fn charge(&mut self, by: By<'_>) -> Result<Option<StoredCharge>> {
        charges::find(self.conn, self.state.merchant, by)
    }

    fn refundable_charge(&mut self, by: By<'_>) -> Result<Option<RefundableCharge>> {
        charges::refundable(self.conn, self.state.merchant, by, |number| {
            let known = self.state.currencies.iter().find(|state| state.number == number);
            known
                .map_or_else(|| currencies::numbered(self.conn, number), |state| Ok(state.currency))
        })
    }

    fn has_charge(&mut self, id: &str) -> Result<bool> {
        charges::has(self.conn, self.state.merchant, id)
    }

    fn to_refund(&mut self, charge_id: &str, refund_id: &str) -> Result<Option<ToRefund>> {
        charges::to_refund(self.conn, self.state.merchant, charge_id, refund_id)
    }

    fn succeeded_under(&mut self, intent: i64) -> Result<Vec<i64>> {
        charges::succeeded_under(self.conn, intent)
    }

    fn refund(&mut self, by: By<'_>) -> Result<Option<StoredRefund>> {
        refunds::find(self.conn, self.state.merchant, by)
    }

    fn dispute(&mut self, by: By<'_>) -> Result<Option<StoredDispute>> {
        disputes::find(self.conn, self.state.merchant, by)
    }

    fn handover(&mut self, by: By<'_>) -> Result<Option<StoredHandover>> {
        handovers::find(self.conn, self.state.merchant, by)
    }

    fn handed_over_after(&mut self, seq: i64, charge: i64, to: &str) -> Result<Option<i64>> {
        handovers::handed_over_after(self.conn, self.state.merchant, seq, charge, to)
    }

    fn transfer(&mut self, by: By<'_>) -> Result<Option<(i64, Transfer)>> {
        transfers::find(self.conn, self.state.merchant, by)
    }

    fn due(&mut self, now: Timestamp, most: u32) -> Result<Vec<StoredCharge>> {
        maturing::due(self.conn, self.state.merchant, now, most)
    }

    fn waits(&mut self, charge: &Charge) -> Result<bool> {
        maturing::waits(self.conn, self.state.merchant, charge)
    }

    fn key_holder(&mut self, hash: &Hash) -> Result<Option<(String, bool)>> {
        keys::holder(self.conn, hash)
    }

    fn api_key(&mut self, id: &str) -> Result<Option<(Hash, bool)>> {
        keys::find(self.conn, self.state.merchant, id)
    }

    fn recorded(&mut self, n: i64) -> Result<Option<Line>> {
        if n < 1 { Ok(None) } else { recordings::at(self.conn, self.state.merchant, n) }
    }

    fn position_at(&mut self, n: i64) -> Result<Option<Position>> {
        recordings::position_at(self.conn, self.state.merchant, &self.state.merchant_id, n)
    }

    fn is_taken(&mut self, id: &str) -> Result<bool> {
        entries::has(self.conn, self.state.merchant, id)
    }

    fn keys_through(&mut self, n: i64) -> Result<u64> {
        idempotency::count_through(self.conn, self.state.merchant, n)
    }

    fn text_of(&mut self, seq: i64) -> Result<Option<i64>> {
        texts::find(self.conn, number::key(self.state.merchant, seq))
    }

    fn moments(&mut self, visit: &mut dyn FnMut(i64, Timestamp)) -> Result<()> {
        recordings::moments(self.conn, self.state.merchant, visit)
    }

    fn is_mirror(&mut self) -> Result<bool> {
        let is_mirror = match self.state.is_mirror {
            Some(is_mirror) => is_mirror,
            None => mirrors::is_mirror(self.conn, self.state.merchant)?,
        };
        self.state.is_mirror = Some(is_mirror);
        Ok(is_mirror)
    }

    fn become_mirror(&mut self, now: Timestamp) -> Result<()> {
        mirrors::insert(self.conn, self.state.merchant, now)?;
        self.state.is_mirror = Some(true);
        Ok(())
    }

    fn keep_fork(&mut self, n: i64, line: &str, now: Timestamp, most: u32) -> Result<()> {
        mirrors::keep_fork(self.conn, self.state.merchant, n, line, now, most).map(drop)
    }

    fn record(&mut self, recording: &Recording) -> Result<()> {
        self.check(recording)?;
        let last_seq = self.position()?.head.seq;
        let currency = self.currency_of(recording)?;
        let (conn, merchant) = (self.conn, self.state.merchant);
        let number = currency.map(|(number, _)| number);
        Record { conn, merchant, recording, currency: number, last_seq }.write()?;
        self.note(recording, currency);
        match &mut self.noted {
            Some(noted) => noted.pass(&self.state.merchant_id, recording),
            None => Ok(()),
        }
    }
}
