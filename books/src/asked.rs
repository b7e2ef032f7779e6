//! What other languages ask for and are told: periods as texts, and errors as the ledger's own.

use std::env;

use refundry::{FileError, Finding, Head, Invariant, Ledger};

use crate::{
    error::Error,
    period::{Period, Zone},
};

impl Error {
    /// The ledger's error that says the same, for callers that know no others. `param` is the parameter
    /// from which a period came.
    #[must_use]
    pub fn into_ledgers(self, param: &'static str) -> refundry::Error {
        match self {
            Self::Ledger(error) => error,
            Self::Sorting(error) => FileError::input_output(env::temp_dir(), error).into(),
            Self::Unsound { merchant_id, .. } => refundry::Error::Unsound(Finding {
                merchant: Some(merchant_id),
                place: "balances".to_owned(),
                invariant: Invariant::Balances,
            }),
            Self::Head { .. } => {
                refundry::Error::ParameterInvalid { param, expected: "a head of this book" }
            }
            Self::Period { expected, .. } => refundry::Error::ParameterInvalid { param, expected },
            Self::Year { .. } => refundry::Error::ParameterInvalid {
                param: "format",
                expected: "that of a program which reads the years of all entries; Ledger begins with 1400",
            },
            // Outputs are callbacks, which stop a call. What is compared with a file is not asked for so.
            Self::Output(_)
            | Self::Line { .. }
            | Self::OtherCurrency { .. }
            | Self::Mapping(_)
            | Self::Open { .. } => refundry::Error::Canceled,
        }
    }
}

impl Period {
    /// The period that the parameters `from` and `to` name, as [`Period::between`] reads them.
    ///
    /// # Errors
    /// [`refundry::Error::HeadUnknown`] for a head that the book never had, and
    /// [`refundry::Error::ParameterInvalid`] for what is no period.
    pub fn asked(
        ledger: &mut Ledger,
        merchant_id: &str,
        from: Option<&str>,
        to: Option<&str>,
        zone: &Zone,
    ) -> refundry::Result<Self> {
        for head in [from, to].into_iter().flatten().filter_map(|text| Head::parse(text).ok()) {
            ledger.book(merchant_id)?.journal_entries_after(Some(&head), 0)?;
        }
        Self::between(from, None, zone).map_err(|error| error.into_ledgers("from"))?;
        Self::between(from, to, zone).map_err(|error| error.into_ledgers("to"))
    }
}
