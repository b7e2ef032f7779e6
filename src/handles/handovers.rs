//! Hand-overs of charges between books.

use super::book::Book;
use crate::{
    operations::handover,
    recording::store::By,
    sqlite::handovers,
    words::{
        error::{Error, Result},
        filter::HandoverFilter,
        handover::Handover,
        idempotency::{IdempotencyKey, Recorded},
        page::{List, Page},
    },
};

impl Book<'_> {
    /// Hands what is left to give back of a charge over to the book of another merchant (another terminal,
    /// for instance). From now on this book refuses refunds, disputes and hand-overs of it
    /// ([`ChargeHandedOver`](crate::Refusal::ChargeHandedOver)), and the other one can refund it once it has
    /// taken the hand-over's text over. Neither has to hear of the other again. No money moves.
    ///
    /// Only the other book can give back what was handed over to it: [`Book::refuse_handover`].
    ///
    /// ```
    /// use refundry::{
    ///     Amount, Currency, Fee, Ledger, NewCharge, NewMerchant, Options, Refusal, RefundRequest,
    ///     Timestamp,
    /// };
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// let till = ledger.create_merchant(&NewMerchant::named("Till 1"))?.id;
    /// let desk = ledger.create_merchant(&NewMerchant::named("Service desk"))?.id;
    /// let (amount, egp) = (Amount::from_minor(22_604)?, Currency::from_code("EGP")?);
    /// let due = Timestamp::parse("2024-01-03T00:00:00.000Z")?;
    /// let new = NewCharge::succeeded(amount, Fee::ZERO, egp, due);
    /// let charge = ledger.book(&till)?.create_charge(&new, None)?;
    ///
    /// let handover = ledger.book(&till)?.hand_over_charge(&charge.id, &desk, None)?;
    /// let text = handover.text.as_deref().unwrap(); // as a file, or printed as a QR code
    /// let request = RefundRequest::of_charge(&charge.id);
    /// let refused = ledger.book(&till)?.create_refund(&request, None).unwrap_err();
    /// assert!(matches!(refused.refusal(), Some(Refusal::ChargeHandedOver { .. })));
    ///
    /// ledger.book(&desk)?.take_over_charge(text)?;
    /// assert_eq!(ledger.book(&desk)?.create_refund(&request, None)?.amount, amount);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// In this order: [`Error::ParameterInvalid`] for the other merchant, which must not be this one;
    /// [`Error::IdempotencyKeyReused`]; [`Error::ResourceMissing`] for the charge; [`Error::Refused`] with,
    /// in this order, one of [`ChargeNotSucceeded`](crate::Refusal::ChargeNotSucceeded),
    /// [`ChargeAlreadyRefunded`](crate::Refusal::ChargeAlreadyRefunded),
    /// [`ChargeHandedOver`](crate::Refusal::ChargeHandedOver) and
    /// [`ChargeDisputed`](crate::Refusal::ChargeDisputed).
    pub fn hand_over_charge(
        &mut self,
        charge_id: &str,
        to_merchant_id: &str,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Handover>> {
        self.write(|book| handover::hand_over(book, charge_id, to_merchant_id, key))
    }

    /// Takes over what another book has handed over to this one, by the hand-over's text. The charge is
    /// then in this book too, under its id, and as much of it can be refunded or disputed as was handed over.
    /// A book that handed a charge over takes it back in the same way. The same text again does nothing
    /// more, and is answered as a replay.
    ///
    /// # Errors
    /// In this order: [`Error::ParameterInvalid`] for a text that is not one; [`Error::HandoverMisdirected`];
    /// [`Error::HandoverConflict`] if this book knows other facts under one of the ids, is in the other mode,
    /// or counts the currency in other minor units.
    pub fn take_over_charge(&mut self, text: &str) -> Result<Recorded<Handover>> {
        self.write(|book| handover::take_over(book, text))
    }

    /// Gives back what another book has handed over to this one: takes it over, and hands all that is left of
    /// the charge here back in the same transaction. The other book takes the answer's text over. The same
    /// text again gives the same answer, as a replay.
    ///
    /// # Errors
    /// As [`Book::take_over_charge`]; then [`Error::Refused`] with
    /// [`ChargeAlreadyRefunded`](crate::Refusal::ChargeAlreadyRefunded),
    /// [`ChargeHandedOver`](crate::Refusal::ChargeHandedOver) or
    /// [`ChargeDisputed`](crate::Refusal::ChargeDisputed) if this book has nothing left to give back.
    pub fn refuse_handover(&mut self, text: &str) -> Result<Recorded<Handover>> {
        self.write(|book| handover::refuse(book, text))
    }

    /// A hand-over by its id, with its text if this book handed the charge over.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn handover(&self, id: &str) -> Result<Handover> {
        let found = self.read(|conn, merchant| handovers::find(conn, merchant, By::Id(id)))?;
        found.map(|stored| stored.handover).ok_or_else(|| Error::missing("id", id))
    }

    /// A page of the hand-overs, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn handovers(&self, filter: &HandoverFilter, page: &Page) -> Result<List<Handover>> {
        self.read(|conn, merchant| handovers::list(conn, merchant, filter, page))
    }
}
