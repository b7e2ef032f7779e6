//! How a settlement file is written.

use refundry::Currency;

use crate::{
    error::{Error, Result},
    period::Zone,
};

/// How a settlement file is written: which column holds what, and in which form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Layout {
    /// The heading of the column of amounts.
    pub amount: String,
    /// The heading of the column of dates.
    pub date: String,
    /// The heading of the column of references, if there is one.
    pub reference: Option<String>,
    /// Where the currency stands.
    pub currency: CurrencyIn,
    /// What stands between columns: `,` if nothing else is said.
    pub delimiter: u8,
    /// Whether the decimal mark is a comma; then a point may stand between thousands.
    pub decimal_comma: bool,
    /// Whether amounts are in minor units.
    pub minor_units: bool,
    /// Whether what was paid is negative and what was refunded positive.
    pub negated: bool,
    /// The form of dates, as `strptime` has it; without it, `2026-11-30` or RFC 3339.
    pub date_format: Option<String>,
    /// Whose days the dates are.
    pub zone: Zone,
}

/// Where the currency of a line stands.
#[derive(Clone, Debug)]
pub enum CurrencyIn {
    /// In the column with this heading.
    Column(String),
    /// Every line has this one.
    All(Currency),
}

impl Layout {
    /// Reads what is in which column: `amount=Gross`, `date=Day`, and perhaps `reference=RRN` and
    /// `currency=Cur`. Without a column for the currency, every line has `currency`.
    ///
    /// # Errors
    /// [`Error::Mapping`] if one of them is something else, is there twice, or if the amount, the
    /// date or the currency is missing.
    pub fn parse<'a>(
        map: impl IntoIterator<Item = &'a str>,
        currency: Option<Currency>,
    ) -> Result<Self> {
        let mut columns = [None, None, None, None];
        const NAMES: [&str; 4] = ["amount", "date", "reference", "currency"];
        for pair in map {
            let known = pair.split_once('=').and_then(|(name, heading)| {
                let place = NAMES.iter().position(|known| *known == name)?;
                Some((columns.get_mut(place)?, heading))
            });
            match known {
                Some((column @ None, heading)) => *column = Some(heading.to_owned()),
                Some((Some(_), _)) => {
                    return Err(Error::Mapping(format!("{pair:?} maps a column a second time")));
                }
                None => {
                    let words = "amount=…, date=…, reference=… or currency=…";
                    return Err(Error::Mapping(format!("{pair:?} is none of {words}")));
                }
            }
        }
        let [amount, date, reference, column] = columns;
        let missing = |what| Error::Mapping(format!("say which column holds the {what}: {what}=…"));
        let currency = match (column, currency) {
            (Some(column), None) => CurrencyIn::Column(column),
            (None, Some(currency)) => CurrencyIn::All(currency),
            (None, None) => {
                let words = "map a column, currency=…, or name the currency of all lines";
                return Err(Error::Mapping(words.into()));
            }
            (Some(_), Some(_)) => {
                let words = "the currency is both in a column and the same in all lines; say one";
                return Err(Error::Mapping(words.into()));
            }
        };
        Ok(Self {
            amount: amount.ok_or_else(|| missing("amount"))?,
            date: date.ok_or_else(|| missing("date"))?,
            reference,
            currency,
            delimiter: b',',
            decimal_comma: false,
            minor_units: false,
            negated: false,
            date_format: None,
            zone: Zone::UTC,
        })
    }
}
