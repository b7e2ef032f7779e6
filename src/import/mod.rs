//! Import: objects from elsewhere, one JSON object a line, all of them or none.

mod line;

use std::{io::BufRead, ops::ControlFlow};

use rusqlite::Connection;
use serde::Serialize;

use self::line::{Line, Object};
use crate::{
    account::Balances,
    book::BookTx,
    charge::{self, Charge, ChargeStatus, Conclusion},
    error::{Error, Result},
    id::Random,
    intent::{self, PaymentIntent},
    key,
    merchant::{self, Merchant},
    refund::{self, Historical, Refundable},
    refusal::Refusal,
    request::{RefundRequest, Target},
    time::Timestamp,
    transfer::{self, NewTransfer, PayoutOutcome, PayoutStatus, Transfer, TransferKind},
};

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportProgress {
    /// Lines read.
    pub lines: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Lines that recorded or advanced an object.
    pub recorded: u64,
    /// Lines whose facts were known already.
    pub skipped: u64,
}

/// The longest line, in bytes: the largest object needs a tenth of it.
const LONGEST: u64 = 1 << 20;

/// Lines between two calls of the progress callback.
const LINES: u64 = 1_000;

/// Whether a line said something new.
#[derive(PartialEq, Eq)]
enum News {
    Recorded,
    Known,
}

/// Reads all lines in the transaction of the caller, who commits or not.
pub(crate) fn run(
    tx: &Connection,
    now: Timestamp,
    random: &mut Random,
    mut lines: impl BufRead,
    mut progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
) -> Result<ImportReport> {
    let mut report = ImportReport::default();
    let mut told = ImportProgress::default();
    let mut text = Vec::new();
    loop {
        text.clear();
        let most = LONGEST.saturating_add(1);
        let read = std::io::Read::take(&mut lines, most)
            .read_until(b'\n', &mut text)
            .map_err(Error::InputOutput)?;
        if read == 0 {
            break;
        }
        told.bytes = told.bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        told.lines = told.lines.saturating_add(1);
        if u64::try_from(read).unwrap_or(u64::MAX) > LONGEST {
            let problem = Error::InvalidRequest { problem: "the line is longer than 1 MiB" };
            return Err(at_line(told.lines, problem));
        }
        if !text.trim_ascii().is_empty() {
            let news = import_line(tx, now, random, &text)
                .map_err(|problem| at_line(told.lines, problem))?;
            match news {
                News::Recorded => report.recorded = report.recorded.saturating_add(1),
                News::Known => report.skipped = report.skipped.saturating_add(1),
            }
        }
        if told.lines.is_multiple_of(LINES) && progress(&told).is_break() {
            return Err(Error::Canceled);
        }
    }
    if progress(&told).is_break() {
        return Err(Error::Canceled);
    }
    report.lines = told.lines;
    Ok(report)
}

/// Puts the line's number on what is wrong with the line; what is wrong with the machine has none.
fn at_line(line: u64, problem: Error) -> Error {
    match problem {
        Error::LockTimeout
        | Error::ReadOnly { .. }
        | Error::MountPoint { .. }
        | Error::ForeignLog { .. }
        | Error::LogMissing
        | Error::Corrupt { .. }
        | Error::DiskFull
        | Error::InputOutput(_)
        | Error::Random(_)
        | Error::Storage(_) => problem,
        problem => Error::Import { line, problem: Box::new(problem) },
    }
}

fn import_line(tx: &Connection, now: Timestamp, random: &mut Random, text: &[u8]) -> Result<News> {
    let (merchant_id, object) = match Line::parse(text)? {
        Line::Merchant { merchant, keys, live_mode_told } => {
            return import_merchant(tx, now, random, &merchant, &keys, live_mode_told);
        }
        Line::InBook { merchant_id, object } => (merchant_id, object),
    };
    let number = merchant::number(tx, &merchant_id)?;
    let book = &mut BookTx::new(tx, number, &merchant_id, now, random);
    match object {
        Object::PaymentIntent(intent) => import_intent(book, &intent),
        Object::Charge(charge) => import_charge(book, &charge),
        Object::Refund { id, request, created_at } => {
            import_refund(book, &id, &request, created_at)
        }
        Object::Payout { transfer, id, status, created_at } => {
            import_payout(book, &transfer, &id, status, created_at)
        }
        Object::Adjustment { transfer, id, created_at } => {
            import_transfer(book, &transfer, &id, created_at)
        }
    }
}

/// The error for a known id whose facts differ, if one does.
fn same(id: &str, facts: &[(&'static str, bool)]) -> Result<()> {
    match facts.iter().find(|(_, same)| !same) {
        Some((fact, _)) => Err(Error::ResourceConflict { id: id.to_owned(), fact: Some(fact) }),
        None => Ok(()),
    }
}

fn import_merchant(
    tx: &Connection,
    now: Timestamp,
    random: &mut Random,
    new: &merchant::NewMerchant,
    keys: &[String],
    live_mode_told: bool,
) -> Result<News> {
    let id = new.id.as_deref().unwrap_or_default();
    if let Some((_, Merchant { live_mode, .. })) = merchant::find(tx, id)? {
        same(id, &[("liveMode", !live_mode_told || live_mode == new.live_mode)])?;
        return Ok(News::Known);
    }
    merchant::create(tx, new, now, random)?;
    let number = merchant::number(tx, id)?;
    for key in keys {
        match key::holder(tx, key)? {
            None => key::keep(tx, number, key, now)?,
            Some(holder) if holder == number => {}
            Some(_) => {
                return Err(Error::ParameterInvalid {
                    param: "apiKeys",
                    expected: "keys that no other merchant holds",
                });
            }
        }
    }
    Ok(News::Recorded)
}

fn import_intent(book: &BookTx<'_>, new: &PaymentIntent) -> Result<News> {
    if let Some(known) = intent::find(book.tx, book.merchant, &new.id)? {
        same(
            &new.id,
            &[
                ("amount", known.amount == new.amount),
                ("currency", known.currency == new.currency),
                ("createdAt", known.created_at == new.created_at),
            ],
        )?;
        return Ok(News::Known);
    }
    intent::record(book, new)?;
    Ok(News::Recorded)
}

fn import_charge(book: &BookTx<'_>, new: &Charge) -> Result<News> {
    charge::check_numbers(new.amount, new.amount_captured, new.fee)?;
    if let Some(known) = charge::by_id(book.tx, book.merchant, &new.id)? {
        return import_known_charge(book, &known, new);
    }
    charge::check_intent(book, new.payment_intent_id.as_deref(), new.currency)?;
    if new.status != ChargeStatus::Succeeded {
        charge::insert(book, new)?;
        return Ok(News::Recorded);
    }
    let before = Balances::load(book.tx, book.merchant, new.currency)?;
    let after = before
        .after_all(&charge::postings(new.amount_captured, new.fee, new.currency))
        .ok_or(OUT_OF_RANGE)?;
    let number = charge::insert(book, new)?;
    charge::post(book, number, new, new.created_at, after)?;
    Ok(News::Recorded)
}

const OUT_OF_RANGE: Error = Error::refused(Refusal::BalanceOutOfRange, "amount");

fn import_known_charge(book: &BookTx<'_>, known: &charge::Known, new: &Charge) -> Result<News> {
    let old = &known.charge;
    same(
        &new.id,
        &[
            ("paymentIntentId", old.payment_intent_id == new.payment_intent_id),
            ("amount", old.amount == new.amount),
            ("currency", old.currency == new.currency),
            ("createdAt", old.created_at == new.created_at),
        ],
    )?;
    let conclusion = match (old.status, new.status) {
        // A pending charge may still become anything.
        (ChargeStatus::Pending, ChargeStatus::Succeeded) => Conclusion::Succeeded {
            amount_captured: new.amount_captured,
            fee: new.fee,
            available_on: new.available_on,
        },
        (ChargeStatus::Pending, ChargeStatus::Failed) => Conclusion::Failed,
        (ChargeStatus::Pending, ChargeStatus::Canceled) => Conclusion::Canceled,
        // An earlier status is old news.
        (old, ChargeStatus::Pending) if old != ChargeStatus::Pending => return Ok(News::Known),
        _ => {
            same(
                &new.id,
                &[
                    ("status", old.status == new.status),
                    ("amountCaptured", old.amount_captured == new.amount_captured),
                    ("fee", old.fee == new.fee),
                    ("availableOn", old.available_on == new.available_on),
                ],
            )?;
            return Ok(News::Known);
        }
    };
    let charge = match conclusion {
        Conclusion::Succeeded { .. } => conclusion.apply(old.clone()),
        // The numbers of a charge that came to nothing may differ from those it had while pending.
        Conclusion::Failed | Conclusion::Canceled => new.clone(),
    };
    charge::record_conclusion(book, known.number, &charge, new.created_at)?.ok_or(OUT_OF_RANGE)?;
    Ok(News::Recorded)
}

fn import_refund(
    book: &mut BookTx<'_>,
    id: &str,
    request: &RefundRequest,
    created_at: Timestamp,
) -> Result<News> {
    request.check()?;
    let Target::Charge(charge_id) = &request.target else {
        return Err(Error::ParameterMissing { param: "chargeId" });
    };
    if let Some((_, known)) = refund::by_id(book.tx, book.merchant, id)? {
        same(
            id,
            &[
                ("chargeId", known.charge_id == *charge_id),
                ("amount", Some(known.amount) == request.amount),
                ("reason", known.reason == request.reason),
                ("description", known.description == request.description),
                ("metadata", known.metadata == request.metadata),
                ("externalReference", known.external_reference == request.external_reference),
                ("createdAt", known.created_at == created_at),
            ],
        )?;
        return Ok(News::Known);
    }
    let known = charge::by_id(book.tx, book.merchant, charge_id)?
        .ok_or(Error::ResourceMissing { param: "chargeId" })?;
    let balances = Balances::load(book.tx, book.merchant, known.charge.currency)?;
    // History is not asked whether it may happen: the limit does not apply.
    let refundable = Refundable { known, balances, limit: None };
    let decision = refund::decide(&refundable, request)
        .map_err(|refusal| Error::refused(refusal, "chargeId"))?;
    let historical = Historical { id, created_at };
    refund::record(book, &refundable, request, &decision, Some(&historical))?;
    Ok(News::Recorded)
}

/// The outcomes that lead from in transit to a status.
const fn path(status: PayoutStatus) -> &'static [PayoutOutcome] {
    match status {
        PayoutStatus::InTransit => &[],
        PayoutStatus::Paid => &[PayoutOutcome::Paid],
        PayoutStatus::Failed => &[PayoutOutcome::Failed],
        PayoutStatus::Returned => &[PayoutOutcome::Paid, PayoutOutcome::Returned],
    }
}

fn import_payout(
    book: &mut BookTx<'_>,
    new: &NewTransfer,
    id: &str,
    status: PayoutStatus,
    created_at: Timestamp,
) -> Result<News> {
    let mut news = import_transfer(book, new, id, created_at)?;
    let found = transfer::by_id(book.tx, book.merchant, id)?;
    let Some((seq, payout @ Transfer { status: Some(at), .. })) = found else {
        return Err(Error::ResourceMissing { param: "id" });
    };
    // A payout may advance, and a line that is behind is old news; one beside the path is wrong.
    let Some(ahead) = path(status).strip_prefix(path(at)) else {
        let behind = path(at).starts_with(path(status));
        same(id, &[("status", behind)])?;
        return Ok(news);
    };
    for outcome in ahead {
        transfer::record_outcome(book, seq, &payout, *outcome, created_at)?.ok_or(OUT_OF_RANGE)?;
        news = News::Recorded;
    }
    Ok(news)
}

/// Records a transfer, or finds that it is known. Historical payouts need not be covered.
fn import_transfer(
    book: &mut BookTx<'_>,
    new: &NewTransfer,
    id: &str,
    created_at: Timestamp,
) -> Result<News> {
    crate::request::check_description(new.description.as_deref())?;
    if let Some((_, known)) = transfer::by_id(book.tx, book.merchant, id)? {
        let described = new.kind == TransferKind::Payout || known.description == new.description;
        same(
            id,
            &[
                ("amount", known.amount == new.amount),
                ("currency", known.currency == new.currency),
                ("description", described),
                ("createdAt", known.created_at == created_at),
            ],
        )?;
        return Ok(News::Known);
    }
    let before = Balances::load(book.tx, book.merchant, new.currency)?;
    let after = before.after(&new.kind.posting(new.amount, new.currency)).ok_or(OUT_OF_RANGE)?;
    transfer::record(book, new, id.to_owned(), created_at, after)?;
    Ok(News::Recorded)
}
