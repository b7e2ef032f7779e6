//! Operations printed as Rust, so that what a failed case prints can be pasted into a test.

use std::fmt::{Debug, Formatter, Result};

use super::operation::{
    ChargeDraft, ConclusionDraft, LimitDraft, Operation, RefundDraft, TargetDraft, TransferDraft,
    WordsDraft,
};

impl Debug for Operation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("Operation::")?;
        match self {
            Self::CreateIntent { book, id, amount, currency } => write!(
                f,
                "CreateIntent {{ book: {book}, id: {id:?}, amount: {amount}, currency: {currency:?} }}"
            ),
            Self::CreateCharge { book, new, key } => {
                write!(f, "CreateCharge {{ book: {book}, new: {new:?}, key: {key:?} }}")
            }
            Self::ConcludeCharge { book, charge, conclusion, key } => write!(
                f,
                "ConcludeCharge {{ book: {book}, charge: {charge}, conclusion: {conclusion:?}, key: {key:?} }}"
            ),
            Self::CreateRefund { book, request, key } => {
                write!(f, "CreateRefund {{ book: {book}, request: {request:?}, key: {key:?} }}")
            }
            Self::FailRefund { book, refund, key } => {
                write!(f, "FailRefund {{ book: {book}, refund: {refund}, key: {key:?} }}")
            }
            Self::CreateTransfer { book, new, key } => {
                write!(f, "CreateTransfer {{ book: {book}, new: {new:?}, key: {key:?} }}")
            }
            Self::ConcludePayout { book, transfer, outcome, key } => write!(
                f,
                "ConcludePayout {{ book: {book}, transfer: {transfer}, outcome: PayoutOutcome::{outcome:?}, key: {key:?} }}"
            ),
            Self::OpenDispute { book, new, key } => {
                write!(f, "OpenDispute {{ book: {book}, new: {new:?}, key: {key:?} }}")
            }
            Self::ConcludeDispute { book, dispute, won, key } => write!(
                f,
                "ConcludeDispute {{ book: {book}, dispute: {dispute}, won: {won:?}, key: {key:?} }}"
            ),
            Self::ReleaseDue { book, now } => {
                write!(f, "ReleaseDue {{ book: {book:?}, now: {now} }}")
            }
            Self::SetLimit { book, limit } => {
                write!(f, "SetLimit {{ book: {book}, limit: {limit:?} }}")
            }
            Self::RequireUniqueReferences { book, required } => {
                write!(f, "RequireUniqueReferences {{ book: {book}, required: {required} }}")
            }
            Self::SetClock { now } => write!(f, "SetClock {{ now: {now} }}"),
            Self::Reopen => f.write_str("Reopen"),
            Self::Restore => f.write_str("Restore"),
            Self::Again { back } => write!(f, "Again {{ back: {back} }}"),
            Self::Varied { back, fact } => {
                write!(f, "Varied {{ back: {back}, fact: {fact} }}")
            }
            Self::Flood { book, new } => write!(f, "Flood {{ book: {book}, new: {new:?} }}"),
        }
    }
}

impl Debug for ChargeDraft {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { id, intent, amount, captured, fee, currency, status, available_on, words } =
            self;
        let WordsDraft { description, metadata, external_reference } = words;
        write!(
            f,
            "ChargeDraft {{ id: {id:?}, intent: {intent:?}, amount: {amount}, captured: {captured}, fee: {fee}, currency: {currency:?}, status: ChargeStatus::{status:?}, available_on: {available_on}, words: WordsDraft {{ description: {description:?}, metadata: &{metadata:?}, external_reference: {external_reference:?} }} }}"
        )
    }
}

impl Debug for ConclusionDraft {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("ConclusionDraft::")?;
        match self {
            Self::Succeeded { captured, fee, available_on } => write!(
                f,
                "Succeeded {{ captured: {captured}, fee: {fee}, available_on: {available_on} }}"
            ),
            Self::Failed => f.write_str("Failed"),
            Self::Canceled => f.write_str("Canceled"),
        }
    }
}

impl Debug for TargetDraft {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Charge(index) => write!(f, "TargetDraft::Charge({index})"),
            Self::Intent(index) => write!(f, "TargetDraft::Intent({index})"),
        }
    }
}

impl Debug for RefundDraft {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { target, amount, reason, description, metadata, external_reference } = self;
        write!(f, "RefundDraft {{ target: {target:?}, amount: {amount:?}, ")?;
        match reason {
            Some(reason) => write!(f, "reason: Some(Reason::{reason:?}), ")?,
            None => f.write_str("reason: None, ")?,
        }
        write!(
            f,
            "description: {description:?}, metadata: &{metadata:?}, external_reference: {external_reference:?} }}"
        )
    }
}

impl Debug for TransferDraft {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { id, kind, amount, currency, description } = self;
        write!(
            f,
            "TransferDraft {{ id: {id:?}, kind: TransferKind::{kind:?}, amount: {amount}, currency: {currency:?}, description: {description:?} }}"
        )
    }
}

impl Debug for LimitDraft {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Unlimited => f.write_str("LimitDraft::Unlimited"),
            Self::Each(limit) => write!(f, "LimitDraft::Each({limit})"),
            Self::PerCurrency(limits) => write!(f, "LimitDraft::PerCurrency(&{limits:?})"),
        }
    }
}
