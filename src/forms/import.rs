//! The lines of an import, and reading them: `Ledger::import`.

use std::{io::BufRead, ops::ControlFlow};
#[cfg(not(target_family = "wasm"))]
use std::{io::BufReader, path::Path};

use super::fields::Fields;
use crate::{
    handles::ledger::Ledger,
    operations::import::{self, Line, News, Object},
    words::{
        charge::Charge,
        dispute::DisputeOutcome,
        error::{Error, Result, file::FileProblem},
        intent::PaymentIntent,
        json::Json,
        key,
        merchant::NewMerchant,
        money::Balance,
        progress::{IgnoredFact, ImportProgress, ImportReport},
        refund::Reason,
        request::{self, RefundRequest},
        transfer::{NewTransfer, PayoutStatus},
    },
};

impl Ledger {
    /// Reads objects, one JSON object a line, and records them in one transaction. Memory does
    /// not grow with the input. `progress` is told now and then, and may stop the import. The ledger is
    /// locked for writing while lines are read: give it a file or a buffer, not a pipe that waits.
    ///
    /// # Errors
    /// [`Error::Import`] with the line's number for the first bad line; [`Error::Canceled`];
    /// [`Error::LockTimeout`]; failures of the machine; [`Error::Batch`] while a batch is open.
    /// Nothing of this import is then kept.
    pub fn import(
        &mut self,
        lines: impl BufRead,
        mut progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
    ) -> Result<ImportReport> {
        self.outside_a_batch()?;
        self.transact(|store, now, random| {
            let (mut lines, mut report) = (ImportLines::of(lines), ImportReport::default());
            let mut told = 0;
            while let Some(line) = lines.next_line()? {
                let number = line.number;
                let news = import::import(store, line.line, now, random)
                    .map_err(|problem| at_line(number, problem))?;
                note(&mut report, number, news);
                if number / LINES > told && progress(&lines.progress).is_break() {
                    return Err(Error::Canceled);
                }
                told = number / LINES;
            }
            if progress(&lines.progress).is_break() {
                return Err(Error::Canceled);
            }
            report.lines = lines.progress.lines;
            Ok(report)
        })
    }

    /// Records lines that were read, in one transaction or as a part of the batch that is open: all of them,
    /// or none.
    ///
    /// # Errors
    /// As [`Ledger::import`]. Nothing of these lines is then kept; of a batch, the rest stays, unless the
    /// machine failed.
    ///
    /// ```
    /// use refundry::{ImportLines, Ledger, Options};
    ///
    /// let text = br#"{"object":"merchant","id":"acct_cairo","name":"Cairo Books"}"#;
    /// let lines = ImportLines::of(text.as_slice()).next_lines(100)?;
    /// assert_eq!(lines[0].merchant_id(), "acct_cairo");
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// assert_eq!(ledger.import_lines(&lines)?.recorded, 1);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    pub fn import_lines(&mut self, lines: &[ImportLine]) -> Result<ImportReport> {
        self.transact_whole(|store, now, random| {
            let mut report = ImportReport::default();
            for ImportLine { number, line } in lines {
                let news = import::import(store, line.clone(), now, random)
                    .map_err(|problem| at_line(*number, problem))?;
                note(&mut report, *number, news);
                report.lines = report.lines.saturating_add(1);
            }
            Ok(report)
        })
    }

    /// Reads the objects of a file, as [`Ledger::import`] does. The ledger's own files are not
    /// opened: closing one would release the locks of all handles that this process has on it, and
    /// other processes would write meanwhile.
    ///
    /// # Errors
    /// As [`Ledger::import`]; [`Error::File`] also for a file that can't be read, or is one
    /// of the ledger's own.
    #[cfg(not(target_family = "wasm"))]
    pub fn import_file(
        &mut self,
        path: impl AsRef<Path>,
        progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
    ) -> Result<ImportReport> {
        let lines = self.foreign_file(path.as_ref())?;
        self.import(BufReader::new(lines), progress)
    }
}

/// The longest line, in bytes: the largest object needs a tenth of it.
const LONGEST: u64 = 1 << 20;

/// Lines between two calls of the progress callback.
const LINES: u64 = 1_000;

/// The lines of an import, read one after the other. Memory does not grow with them.
pub struct ImportLines<R> {
    source: R,
    text: Vec<u8>,
    progress: ImportProgress,
    /// What is wrong with the line after those that were read last.
    bad: Option<Error>,
}

/// A line of an import that was read, and not recorded yet.
#[derive(Clone)]
pub struct ImportLine {
    number: u64,
    line: Line,
}

impl ImportLine {
    /// Whose book it is about.
    #[must_use]
    pub fn merchant_id(&self) -> &str {
        self.line.merchant_id()
    }

    /// The API keys that it names, if it is a merchant's.
    #[must_use]
    pub fn api_keys(&self) -> &[String] {
        self.line.api_keys()
    }

    /// What is wrong with it if another merchant holds one of these, for whoever keeps books in several ledgers: the
    /// rules see the holders in one of them.
    #[must_use]
    pub fn key_held(&self) -> Error {
        at_line(self.number, import::KEY_HELD)
    }
}

impl<R: BufRead> ImportLines<R> {
    /// Begins before the first line.
    pub fn of(source: R) -> Self {
        Self { source, text: Vec::new(), progress: ImportProgress::default(), bad: None }
    }

    /// Reads the next lines that are not blank, so many at most; none when all were read. Lines before a bad
    /// one are given first: one of them may be refused, and is the first bad line then. After an error the rest
    /// is not worth reading.
    ///
    /// # Errors
    /// [`Error::Import`] with the line's number for one that is too long, or does not say what
    /// docs/import.md has it say; [`Error::File`] if they can't be read.
    pub fn next_lines(&mut self, most: usize) -> Result<Vec<ImportLine>> {
        let mut lines = Vec::new();
        if let Some(error) = self.bad.take() {
            return Err(error);
        }
        while lines.len() < most {
            match self.next_line() {
                Ok(Some(line)) => lines.push(line),
                Ok(None) => break,
                Err(error) if lines.is_empty() => return Err(error),
                Err(error) => {
                    self.bad = Some(error);
                    break;
                }
            }
        }
        Ok(lines)
    }

    fn next_line(&mut self) -> Result<Option<ImportLine>> {
        loop {
            self.text.clear();
            let most = LONGEST.saturating_add(1);
            let read = std::io::Read::take(&mut self.source, most)
                .read_until(b'\n', &mut self.text)
                .map_err(|error| Error::from(FileProblem::InputOutput(error)))?;
            if read == 0 {
                return Ok(None);
            }
            let read = u64::try_from(read).unwrap_or(u64::MAX);
            self.progress.bytes = self.progress.bytes.saturating_add(read);
            self.progress.lines = self.progress.lines.saturating_add(1);
            let number = self.progress.lines;
            if read > LONGEST {
                let problem = Error::InvalidRequest { problem: "the line is longer than 1 MiB" };
                return Err(at_line(number, problem));
            }
            if !self.text.trim_ascii().is_empty() {
                let line = Line::parse(&self.text).map_err(|problem| at_line(number, problem))?;
                return Ok(Some(ImportLine { number, line }));
            }
        }
    }

    /// How far it has come.
    pub const fn progress(&self) -> ImportProgress {
        self.progress
    }
}

/// Counts what a line was.
fn note(report: &mut ImportReport, line: u64, news: News) {
    let (id, facts) = match news {
        News::Recorded => {
            report.recorded = report.recorded.saturating_add(1);
            return;
        }
        News::Known => (String::new(), Vec::new()),
        News::Ignored { id, facts } => (id, facts),
    };
    report.skipped = report.skipped.saturating_add(1);
    for fact in facts {
        report.ignore(IgnoredFact { line, id: id.clone(), fact: fact.to_owned() });
    }
}

/// Adds the line's number to an error of the line. A failure of the machine has none.
fn at_line(line: u64, problem: Error) -> Error {
    if problem.is_of_the_request() {
        Error::Import { line, problem: Box::new(problem) }
    } else {
        problem
    }
}

impl Line {
    /// Reads a line.
    fn parse(text: &[u8]) -> Result<Self> {
        let fields = &Fields::parse(text)?;
        let read = match fields.text("object")?.as_str() {
            "merchant" => return merchant(fields),
            "payment_intent" => payment_intent as fn(&Fields) -> Result<Object>,
            "charge" => charge,
            "refund" => refund,
            "refund_failure" => refund_failure,
            "payout" => payout,
            "topup" => top_up,
            "settlement" => settlement,
            "adjustment" => adjustment,
            "dispute" => dispute,
            "dispute_won" => dispute_won,
            "dispute_lost" => dispute_lost,
            _ => {
                return Err(Error::ParameterInvalid {
                    param: "object",
                    expected: "merchant, payment_intent, charge, refund, refund_failure, payout, topup, settlement, adjustment, dispute, dispute_won or dispute_lost",
                });
            }
        };
        Ok(Self::InBook { merchant_id: fields.id("merchantId", "acct_")?, object: read(fields)? })
    }
}

fn merchant(fields: &Fields) -> Result<Line> {
    fields.only(&[
        "object",
        "id",
        "name",
        "liveMode",
        "apiKeys",
        "negativeBalanceLimit",
        "uniqueReferences",
    ])?;
    let keys = keys(fields.find("apiKeys"))?;
    let told_by_keys = keys.first().and_then(|key| key::mode(key));
    let told = fields.flag("liveMode")?;
    let live_mode = told.or(told_by_keys).unwrap_or(false);
    if keys.iter().any(|key| key::mode(key) != Some(live_mode)) {
        return Err(Error::ParameterInvalid {
            param: "apiKeys",
            expected: "keys of the merchant's mode, which begin with sk_live_ or rk_live_, or with sk_test_ or rk_test_",
        });
    }
    let merchant = NewMerchant {
        id: Some(fields.id("id", "acct_")?),
        name: fields.text("name")?,
        live_mode,
        negative_balance_limit: fields.negative_balance_limit()?,
        unique_references: fields.flag("uniqueReferences")?.unwrap_or(false),
    };
    Ok(Line::Merchant { merchant, keys, live_mode_told: told.or(told_by_keys).is_some() })
}

fn keys(json: Option<&Json>) -> Result<Vec<String>> {
    const INVALID: Error = Error::ParameterInvalid {
        param: "apiKeys",
        expected: "a list of keys, each of 16 to 255 visible ASCII characters",
    };
    match json {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(keys)) => keys
            .iter()
            .map(|key| match key {
                Json::String(key)
                    if (16..=255).contains(&key.len())
                        && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
                {
                    Ok(key.clone())
                }
                _ => Err(INVALID),
            })
            .collect(),
        Some(_) => Err(INVALID),
    }
}

fn payment_intent(fields: &Fields) -> Result<Object> {
    fields.only(&["object", "id", "merchantId", "amount", "currency", "createdAt"])?;
    Ok(Object::PaymentIntent(PaymentIntent {
        id: fields.id("id", "pi_")?,
        amount: fields.amount("amount")?,
        amount_refunded: Balance::ZERO,
        currency: fields.currency()?,
        created_at: fields.moment("createdAt")?,
    }))
}

fn charge(fields: &Fields) -> Result<Object> {
    fields.only(&[
        "object",
        "id",
        "merchantId",
        "paymentIntentId",
        "amount",
        "amountCaptured",
        "fee",
        "currency",
        "status",
        "availableOn",
        "createdAt",
        "description",
        "metadata",
        "externalReference",
    ])?;
    let status = fields.charge_status()?;
    let fee = fields.fee()?;
    Ok(Object::Charge(Charge {
        id: fields.id("id", "ch_")?,
        payment_intent_id: fields.optional_text("paymentIntentId")?,
        amount: fields.amount("amount")?,
        amount_captured: fields.amount("amountCaptured")?,
        amount_refunded: Balance::ZERO,
        amount_disputed: Balance::ZERO,
        amount_elsewhere: Balance::ZERO,
        fee,
        currency: fields.currency()?,
        status,
        available_on: fields.moment("availableOn")?,
        created_at: fields.moment("createdAt")?,
        description: fields.optional_text("description")?,
        metadata: request::metadata(fields.find("metadata"))?,
        external_reference: fields.optional_text("externalReference")?,
    }))
}

fn refund(fields: &Fields) -> Result<Object> {
    fields.only(&[
        "object",
        "id",
        "merchantId",
        "chargeId",
        "amount",
        "reason",
        "description",
        "metadata",
        "externalReference",
        "createdAt",
    ])?;
    let mut request = RefundRequest::of_charge(fields.text("chargeId")?);
    request.amount = Some(fields.amount("amount")?);
    request.reason = match fields.optional_text("reason")? {
        Some(name) => Some(Reason::from_name(&name)?),
        None => None,
    };
    request.description = fields.optional_text("description")?;
    request.metadata = request::metadata(fields.find("metadata"))?;
    request.external_reference = fields.optional_text("externalReference")?;
    Ok(Object::Refund {
        id: fields.id("id", "re_")?,
        request,
        created_at: fields.moment("createdAt")?,
    })
}

fn payout(fields: &Fields) -> Result<Object> {
    fields.only(&["object", "id", "merchantId", "amount", "currency", "status", "createdAt"])?;
    let status = PayoutStatus::from_name(&fields.text("status")?)?;
    Ok(Object::Payout {
        transfer: NewTransfer::payout(fields.amount("amount")?, fields.currency()?),
        id: fields.id("id", "po_")?,
        status,
        created_at: fields.moment("createdAt")?,
    })
}

fn refund_failure(fields: &Fields) -> Result<Object> {
    fields.only(&["object", "merchantId", "refundId", "createdAt"])?;
    Ok(Object::RefundFailure {
        refund_id: fields.id("refundId", "re_")?,
        created_at: fields.moment("createdAt")?,
    })
}

fn dispute(fields: &Fields) -> Result<Object> {
    fields.only(&[
        "object",
        "id",
        "merchantId",
        "chargeId",
        "amount",
        "fee",
        "reason",
        "networkReference",
        "createdAt",
    ])?;
    Ok(Object::Dispute {
        dispute: fields.dispute()?,
        id: fields.id("id", "dp_")?,
        created_at: fields.moment("createdAt")?,
    })
}

fn dispute_won(fields: &Fields) -> Result<Object> {
    fields.only(&["object", "merchantId", "disputeId", "feeReturned", "createdAt"])?;
    let fee_returned = fields.flag("feeReturned")?.unwrap_or(false);
    concluded(fields, DisputeOutcome::Won { fee_returned })
}

fn dispute_lost(fields: &Fields) -> Result<Object> {
    fields.only(&["object", "merchantId", "disputeId", "createdAt"])?;
    concluded(fields, DisputeOutcome::Lost)
}

fn concluded(fields: &Fields, outcome: DisputeOutcome) -> Result<Object> {
    Ok(Object::DisputeOutcome {
        dispute_id: fields.id("disputeId", "dp_")?,
        outcome,
        created_at: fields.moment("createdAt")?,
    })
}

fn top_up(fields: &Fields) -> Result<Object> {
    only_of_a_transfer(fields)?;
    let new = NewTransfer::top_up(fields.amount("amount")?, fields.currency()?);
    transfer(fields, "tu_", new)
}

fn settlement(fields: &Fields) -> Result<Object> {
    only_of_a_transfer(fields)?;
    let new = NewTransfer::settlement(fields.signed_amount()?, fields.currency()?);
    transfer(fields, "stl_", new)
}

fn adjustment(fields: &Fields) -> Result<Object> {
    only_of_a_transfer(fields)?;
    let new = NewTransfer::adjustment(fields.signed_amount()?, fields.currency()?);
    transfer(fields, "adj_", new)
}

fn only_of_a_transfer(fields: &Fields) -> Result<()> {
    let known = ["object", "id", "merchantId", "amount", "currency", "description", "createdAt"];
    fields.only(&known)
}

fn transfer(fields: &Fields, prefix: &'static str, mut transfer: NewTransfer) -> Result<Object> {
    transfer.description = fields.optional_text("description")?;
    Ok(Object::Transfer {
        transfer,
        id: fields.id("id", prefix)?,
        created_at: fields.moment("createdAt")?,
    })
}
