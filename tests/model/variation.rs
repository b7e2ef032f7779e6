//! The same request with another fact: under the same key, it must not pass for the first one.

use refundry::{ChargeStatus, DisputeReason, PayoutOutcome, Reason};

use super::operation::{ConclusionDraft, Operation, START};

impl Operation {
    /// This operation with its fact number `fact` replaced, where it has as many.
    pub(super) fn varied(mut self, fact: usize) -> Self {
        match &mut self {
            Self::CreateRefund { request, .. } => match fact {
                0 => request.amount = if request.amount.is_some() { None } else { Some(1) },
                1 => request.reason = other(request.reason, Reason::Fraudulent),
                2 => request.description = other(request.description, ""),
                3 => {
                    request.metadata = if request.metadata.is_empty() { &[("b", "")] } else { &[] }
                }
                _ => request.external_reference = other(request.external_reference, "T-9"),
            },
            Self::CreateCharge { new, .. } => match fact {
                0 => new.id = other(new.id, "ch_varied"),
                1 => new.intent = other(new.intent, 0),
                2 => (new.amount, new.captured, new.fee) = (10, 9, new.fee.min(8)),
                3 => new.captured = (new.captured - 1).max(1).max(new.fee),
                4 => new.fee = i64::from(new.fee == 0),
                5 => new.status = ChargeStatus::Canceled,
                6 => new.available_on = START + 1,
                7 => new.words.description = other(new.words.description, ""),
                8 => new.words.external_reference = other(new.words.external_reference, "T-9"),
                9 => {
                    new.words.metadata =
                        if new.words.metadata.is_empty() { &[("b", "")] } else { &[] };
                }
                _ => new.currency = "JPY",
            },
            Self::ConcludeCharge { conclusion, .. } => {
                if let ConclusionDraft::Succeeded { captured, fee, available_on } = conclusion {
                    match fact {
                        0 => *captured += 1,
                        1 => *fee = i64::from(*fee == 0),
                        _ => *available_on = START + 1,
                    }
                } else {
                    *conclusion = ConclusionDraft::Failed;
                }
            }
            Self::CreateTransfer { new, .. } => match fact {
                0 => new.amount = if new.amount == 1 { 2 } else { 1 },
                1 => new.currency = "KWD",
                2 => new.description = other(new.description, ""),
                _ => new.id = other(new.id, "adj_varied"),
            },
            Self::OpenDispute { new, .. } => match fact {
                0 => new.amount = if new.amount == 1 { 2 } else { 1 },
                1 => new.fee = i64::from(new.fee == 0),
                2 => new.reason = other(new.reason, DisputeReason::Unrecognized),
                3 => new.network_reference = other(new.network_reference, "T-9"),
                _ => new.id = other(new.id, "dp_varied"),
            },
            Self::ConcludeDispute { won, .. } => *won = Some(*won == Some(false)),
            Self::ConcludePayout { outcome, .. } => *outcome = PayoutOutcome::Returned,
            Self::CreateIntent { .. }
            | Self::FailRefund { .. }
            | Self::ReleaseDue { .. }
            | Self::SetLimit { .. }
            | Self::RequireUniqueReferences { .. }
            | Self::SetClock { .. }
            | Self::Reopen
            | Self::Restore
            | Self::Again { .. }
            | Self::Varied { .. }
            | Self::Flood { .. } => {}
        }
        self
    }
}

/// Something where there was nothing, and nothing where there was something.
fn other<T>(fact: Option<T>, something: T) -> Option<T> {
    if fact.is_some() { None } else { Some(something) }
}
