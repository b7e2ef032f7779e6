//! Queries: the parameters after the question mark, read as strictly as the fields of a body. A
//! misspelt filter that was ignored would show other objects than were asked for.

use refundry::{
    ChargeFilter, ChargeStatus, DisputeFilter, DisputeStatus, Error, EventFilter, EventType,
    HandoverDirection, HandoverFilter, LineType, Mark, Merchant, Page, RefundFilter, RefundStatus,
    Result, StatementFilter, Timestamp,
};

use crate::store::Freshness;

/// Asks for a mode on every route, as some clients do; it is no parameter of the route itself.
const MODE: &str = "liveMode";

/// Asks for an answer that may be a little old, on every route that reads a book.
const STALE: &str = "stale";

/// Programs write a truth value as a word or, as PHP's `http_build_query` does, as a digit.
/// Anything else is the mode of no merchant.
pub(crate) fn check_mode(query: &str, merchant: &Merchant) -> Result<()> {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == MODE {
            merchant.require_mode(match value.as_ref() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => !merchant.live_mode,
            })?;
        }
    }
    Ok(())
}

/// The parameters of a route, each given at most once.
#[derive(Default)]
pub(crate) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Reads those that the route has. The first that it does not have is refused, unless it
    /// minds none.
    pub(crate) fn read(query: &str, known: Option<&[&'static str]>) -> Result<Self> {
        let mut read = Self::default();
        let Some(known) = known else {
            return Ok(read);
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == MODE {
                continue;
            }
            let Some(param) = known.iter().copied().find(|known| *known == name) else {
                return Err(Error::ParameterUnknown { param: name.into_owned() });
            };
            if read.get(param).is_some() {
                return Err(Error::ParameterInvalid { param, expected: "given once" });
            }
            read.0.push((param, value.into_owned()));
        }
        Ok(read)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    pub(crate) fn freshness(&self) -> Result<Freshness> {
        match self.get(STALE) {
            None => Ok(Freshness::Newest),
            Some("ok") => Ok(Freshness::Stale),
            Some(_) => Err(Error::ParameterInvalid { param: STALE, expected: "ok" }),
        }
    }

    /// The place in the merchant's book after which a feed begins.
    pub(crate) fn after(&self) -> Result<Option<Mark>> {
        self.get("after").map(Mark::parse).transpose()
    }

    pub(crate) fn page(&self) -> Page {
        let mut page = Page { starting_after: self.text("startingAfter"), ..Page::default() };
        if let Some(text) = self.get("limit") {
            // The library says what the range is; 0 is outside it, as every other text is.
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            page.limit = if digits { text.parse().unwrap_or(0) } else { 0 };
        }
        page
    }

    pub(crate) fn event_filter(&self) -> Result<EventFilter> {
        Ok(EventFilter {
            event_type: self.get("type").map(EventType::from_name).transpose()?,
            ending_before: self.text("endingBefore"),
        })
    }

    pub(crate) fn refund_filter(&self) -> Result<RefundFilter> {
        Ok(RefundFilter {
            charge_id: self.text("chargeId"),
            payment_intent_id: self.text("paymentIntentId"),
            from: self.moment("from")?,
            to: self.moment("to")?,
            status: self.get("status").map(RefundStatus::from_name).transpose()?,
            external_reference: self.text("externalReference"),
            ..RefundFilter::default()
        })
    }

    pub(crate) fn charge_filter(&self) -> Result<ChargeFilter> {
        Ok(ChargeFilter {
            payment_intent_id: self.text("paymentIntentId"),
            from: self.moment("from")?,
            to: self.moment("to")?,
            status: self.get("status").map(ChargeStatus::from_name).transpose()?,
            external_reference: self.text("externalReference"),
            ..ChargeFilter::default()
        })
    }

    pub(crate) fn statement_filter(&self) -> Result<StatementFilter> {
        Ok(StatementFilter {
            line_type: self.get("type").map(LineType::from_name).transpose()?,
            from: self.moment("from")?,
            to: self.moment("to")?,
        })
    }

    pub(crate) fn dispute_filter(&self) -> Result<DisputeFilter> {
        Ok(DisputeFilter {
            charge_id: self.text("chargeId"),
            status: self.get("status").map(DisputeStatus::from_name).transpose()?,
        })
    }

    pub(crate) fn handover_filter(&self) -> Result<HandoverFilter> {
        Ok(HandoverFilter {
            charge_id: self.text("chargeId"),
            direction: self.get("direction").map(HandoverDirection::from_name).transpose()?,
        })
    }

    fn moment(&self, param: &'static str) -> Result<Option<Timestamp>> {
        let expected = "a date and time such as 2024-01-01T00:00:00.000Z";
        let read =
            |text| Timestamp::parse(text).map_err(|_| Error::ParameterInvalid { param, expected });
        self.get(param).map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let limit = |text: &str| {
            Query::read(&format!("limit={text}"), Some(&["limit"])).unwrap().page().limit
        };
        assert_eq!(limit("100"), 100);
        for text in ["", "%2B1", "-1", "1.0", "1e1", "ten", "99999999999999999999", "%201"] {
            assert_eq!(limit(text), 0, "{text}");
        }
    }
}
