//! The operations that a case consists of, and how they are drawn.
//!
//! Every domain is small, so that ids, keys and amounts collide and every rule gets its chance to
//! refuse. A case prints as Rust: `vec![…]` of what is printed runs it again.

use proptest::{
    collection, option,
    prelude::{Just, Strategy},
    prop_oneof, sample,
};
use refundry::{Amount, ChargeStatus, PayoutOutcome, Reason, TransferKind};

use super::{
    book::Book,
    dispute::{self, DisputeDraft},
};

/// 2024-01-01T00:00:00.000Z, where the clock starts.
pub(super) const START: i64 = 1_704_067_200_000;
const HOUR: i64 = 3_600_000;
/// The largest amount.
pub(super) const MAX: i64 = Amount::MAX.minor();

/// What a caller sent as an Idempotency-Key.
pub(super) type Key = Option<&'static str>;

/// A place that names no object.
pub(super) const NOWHERE: usize = usize::MAX;

/// One call. `book` is 0 or 1; `charge`, `intent`, `refund`, `transfer` and `dispute` are places of objects
/// in the book, as [`Operation::placed`] understands them.
#[derive(Clone)]
pub(super) enum Operation {
    CreateIntent {
        book: usize,
        id: Option<&'static str>,
        amount: i64,
        currency: &'static str,
    },
    CreateCharge {
        book: usize,
        new: ChargeDraft,
        key: Key,
    },
    ConcludeCharge {
        book: usize,
        charge: usize,
        conclusion: ConclusionDraft,
        key: Key,
    },
    CreateRefund {
        book: usize,
        request: RefundDraft,
        key: Key,
    },
    FailRefund {
        book: usize,
        refund: usize,
        key: Key,
    },
    CreateTransfer {
        book: usize,
        new: TransferDraft,
        key: Key,
    },
    ConcludePayout {
        book: usize,
        transfer: usize,
        outcome: PayoutOutcome,
        key: Key,
    },
    OpenDispute {
        book: usize,
        new: DisputeDraft,
        key: Key,
    },
    /// The dispute is won, with its fee or without, or lost.
    ConcludeDispute {
        book: usize,
        dispute: usize,
        won: Option<bool>,
        key: Key,
    },
    ReleaseDue {
        book: Option<usize>,
        now: i64,
    },
    SetLimit {
        book: usize,
        limit: LimitDraft,
    },
    RequireUniqueReferences {
        book: usize,
        required: bool,
    },
    SetClock {
        now: i64,
    },
    /// The ledger is closed and opened again.
    Reopen,
    /// The ledger is lost, and a backup of it takes its place.
    Restore,
    /// The operation this many places earlier, once more.
    Again {
        back: usize,
    },
    /// The same with another fact, under the same key.
    Varied {
        back: usize,
        fact: usize,
    },
    /// A thousand and more of the largest transfers, so that 64 bits are nearly used up.
    Flood {
        book: usize,
        new: TransferDraft,
    },
}

#[derive(Clone)]
pub(super) struct ChargeDraft {
    pub(super) id: Option<&'static str>,
    pub(super) intent: Option<usize>,
    pub(super) amount: i64,
    pub(super) captured: i64,
    pub(super) fee: i64,
    pub(super) currency: &'static str,
    pub(super) status: ChargeStatus,
    pub(super) available_on: i64,
    pub(super) words: WordsDraft,
}

/// What a charge says beside its numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WordsDraft {
    pub(super) description: Option<&'static str>,
    pub(super) metadata: &'static [(&'static str, &'static str)],
    pub(super) external_reference: Option<&'static str>,
}

#[derive(Clone, Copy)]
pub(super) enum ConclusionDraft {
    Succeeded { captured: i64, fee: i64, available_on: i64 },
    Failed,
    Canceled,
}

#[derive(Clone, Copy)]
pub(super) enum TargetDraft {
    Charge(usize),
    Intent(usize),
}

#[derive(Clone)]
pub(super) struct RefundDraft {
    pub(super) target: TargetDraft,
    pub(super) amount: Option<i64>,
    pub(super) reason: Option<Reason>,
    pub(super) description: Option<&'static str>,
    pub(super) metadata: &'static [(&'static str, &'static str)],
    pub(super) external_reference: Option<&'static str>,
}

#[derive(Clone)]
pub(super) struct TransferDraft {
    pub(super) id: Option<&'static str>,
    pub(super) kind: TransferKind,
    pub(super) amount: i64,
    pub(super) currency: &'static str,
    pub(super) description: Option<&'static str>,
}

#[derive(Clone, Copy)]
pub(super) enum LimitDraft {
    Unlimited,
    Each(u64),
    PerCurrency(&'static [(&'static str, u64)]),
}

impl Operation {
    /// The same operation with places of objects that are there, or [`NOWHERE`]: places go round,
    /// and the last of those that are drawn names nothing.
    pub(super) fn placed(mut self, books: &[Book; 2]) -> Self {
        fn within(place: usize, known: usize) -> usize {
            if known == 0 || place >= LAST { NOWHERE } else { place % known }
        }
        match &mut self {
            Self::CreateCharge { book, new, .. } => {
                new.intent = new.intent.map(|place| within(place, books[*book].intents.len()));
            }
            Self::ConcludeCharge { book, charge, .. } => {
                *charge = within(*charge, books[*book].charges.len());
            }
            Self::CreateRefund { book, request, .. } => match &mut request.target {
                TargetDraft::Charge(place) => *place = within(*place, books[*book].charges.len()),
                TargetDraft::Intent(place) => *place = within(*place, books[*book].intents.len()),
            },
            Self::FailRefund { book, refund, .. } => {
                *refund = within(*refund, books[*book].refunds.len());
            }
            Self::OpenDispute { book, new, .. } => {
                new.charge = within(new.charge, books[*book].charges.len());
            }
            Self::ConcludeDispute { book, dispute, .. } => {
                *dispute = within(*dispute, books[*book].disputes.len());
            }
            Self::ConcludePayout { book, transfer, .. } => {
                let transfers = &books[*book].transfers;
                let payouts: Vec<usize> =
                    (0..transfers.len()).filter(|at| transfers[*at].status.is_some()).collect();
                let place = within(*transfer, payouts.len());
                // Where there is no payout, a transfer of another kind may be.
                *transfer = payouts.get(place).copied().unwrap_or(0);
            }
            Self::CreateIntent { .. }
            | Self::CreateTransfer { .. }
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

/// A merchant at work, and then up to `most` operations.
pub(super) fn sequences(most: usize) -> impl Strategy<Value = Vec<Operation>> {
    let start = collection::vec(charge(), 3).prop_map(at_work);
    let start = prop_oneof![3 => start, 1 => Just(vec![])];
    let rest = collection::vec(any(0), 5..most);
    (start, rest).prop_map(|(start, rest)| [start, rest].concat())
}

/// A balance at the edge of its range, and then up to `most` operations with large amounts.
pub(super) fn sequences_at_the_edge(most: usize) -> impl Strategy<Value = Vec<Operation>> {
    let kinds = [
        (TransferKind::Adjustment, MAX),
        (TransferKind::Adjustment, -MAX),
        (TransferKind::Settlement, MAX),
        (TransferKind::Settlement, -MAX),
    ];
    let flood = sample::select(kinds.to_vec()).prop_map(|(kind, amount)| {
        let new = TransferDraft { id: None, kind, amount, currency: "EGP", description: None };
        Operation::Flood { book: 0, new }
    });
    let charges = collection::vec(charge(), 3);
    (flood, charges, collection::vec(any(40), 5..most)).prop_map(|(flood, mut charges, rest)| {
        charges = charges.into_iter().map(as_large_as_can_be).collect();
        [at_work(charges), vec![flood], rest].concat()
    })
}

fn as_large_as_can_be(new: ChargeDraft) -> ChargeDraft {
    let status = ChargeStatus::Succeeded;
    ChargeDraft { amount: MAX, captured: MAX, intent: None, currency: "EGP", status, ..new }
}

/// An intent, charges under it or not, and funds to pay out.
fn at_work(charges: Vec<ChargeDraft>) -> Vec<Operation> {
    let intent = Operation::CreateIntent { book: 0, id: None, amount: 9, currency: "EGP" };
    let charges = charges.into_iter().map(|new| {
        let new = ChargeDraft { id: None, currency: "EGP", ..new };
        Operation::CreateCharge { book: 0, new, key: None }
    });
    let transfer = |kind, amount| {
        let new = TransferDraft { id: None, kind, amount, currency: "EGP", description: None };
        Operation::CreateTransfer { book: 0, new, key: None }
    };
    let funds = [transfer(TransferKind::TopUp, 9), transfer(TransferKind::Payout, 7)];
    [intent].into_iter().chain(charges).chain(funds).collect()
}

/// One operation; `large` is how often its amount is the largest, against 16 times small.
fn any(large: u32) -> impl Strategy<Value = Operation> {
    prop_oneof![
        1 => (book(), option::of(sample::select(&["pi_a", "pi_b"][..])), amount(large), currency())
            .prop_map(|(book, id, amount, currency)| {
                Operation::CreateIntent { book, id, amount, currency }
            }),
        6 => (book(), charge(), amount(large), key()).prop_map(|(book, new, amount, key)| {
            let new = if amount == MAX { as_large_as_can_be(new) } else { new };
            Operation::CreateCharge { book, new, key }
        }),
        4 => (book(), place(), conclusion(), key()).prop_map(|(book, charge, conclusion, key)| {
            Operation::ConcludeCharge { book, charge, conclusion, key }
        }),
        14 => (book(), refund(large), key())
            .prop_map(|(book, request, key)| Operation::CreateRefund { book, request, key }),
        5 => (book(), place(), key())
            .prop_map(|(book, refund, key)| Operation::FailRefund { book, refund, key }),
        6 => (book(), transfer(large), key())
            .prop_map(|(book, new, key)| Operation::CreateTransfer { book, new, key }),
        6 => (book(), place(), outcome(), key()).prop_map(|(book, transfer, outcome, key)| {
            Operation::ConcludePayout { book, transfer, outcome, key }
        }),
        7 => (book(), dispute::drafts(place(), amount(large)), key())
            .prop_map(|(book, new, key)| Operation::OpenDispute { book, new, key }),
        4 => (book(), place(), option::of(proptest::bool::ANY), key()).prop_map(
            |(book, dispute, won, key)| Operation::ConcludeDispute { book, dispute, won, key }
        ),
        4 => (option::of(book()), moment())
            .prop_map(|(book, now)| Operation::ReleaseDue { book, now }),
        3 => (book(), limit()).prop_map(|(book, limit)| Operation::SetLimit { book, limit }),
        2 => (book(), proptest::bool::ANY).prop_map(|(book, required)| {
            Operation::RequireUniqueReferences { book, required }
        }),
        2 => moment().prop_map(|now| Operation::SetClock { now }),
        1 => jump().prop_map(|now| Operation::SetClock { now }),
        1 => Just(Operation::Reopen),
        1 => Just(Operation::Restore),
        9 => (1..7_usize).prop_map(|back| Operation::Again { back }),
        3 => (1..7_usize, 0..11_usize).prop_map(|(back, fact)| Operation::Varied { back, fact }),
    ]
}

fn book() -> impl Strategy<Value = usize> {
    // One book busier than the other: more happens to the same objects.
    prop_oneof![6 => Just(0), 1 => Just(1)]
}

/// The place that names nothing.
const LAST: usize = 12;

fn place() -> impl Strategy<Value = usize> {
    // Mostly one of the first, so that much happens to it.
    prop_oneof![8 => 0..3_usize, 8 => 3..LAST, 1 => Just(LAST)]
}

fn key() -> impl Strategy<Value = Key> {
    option::weighted(0.4, sample::select(&["k1", "k2", "k3"][..]))
}

fn amount(large: u32) -> impl Strategy<Value = i64> {
    prop_oneof![12 => 1..8_i64, 4 => sample::select(&[100, 22_604][..]), 1 + large => Just(MAX)]
}

fn currency() -> impl Strategy<Value = &'static str> {
    // 2, 0 and 3 decimals.
    prop_oneof![8 => Just("EGP"), 1 => Just("JPY"), 1 => Just("KWD")]
}

/// A moment within some hours of the start, on a grid so that moments meet.
fn moment() -> impl Strategy<Value = i64> {
    (-2..7_i64).prop_map(|hours| START + hours * HOUR)
}

/// Where a clock jumps that was set wrong: ten years back or forward, and to either side of the
/// second after which 32 bits are not enough, in 2038.
fn jump() -> impl Strategy<Value = i64> {
    const TEN_YEARS: i64 = 87_660 * HOUR;
    const END_OF_32_BITS: i64 = 2_147_483_647_000;
    sample::select(
        &[START - TEN_YEARS, START + TEN_YEARS, END_OF_32_BITS, END_OF_32_BITS + 1_000][..],
    )
}

fn charge() -> impl Strategy<Value = ChargeDraft> {
    let id = option::weighted(
        0.4,
        sample::select(&["ch_a", "ch_b", "ch_c", "ch_d", "ch_e", "ch e"][..]),
    );
    let status = prop_oneof![
        8 => Just(ChargeStatus::Succeeded),
        4 => Just(ChargeStatus::Pending),
        1 => Just(ChargeStatus::Failed),
        1 => Just(ChargeStatus::Canceled),
    ];
    let intent = prop_oneof![3 => Just(None), 5 => Just(Some(0)), 1 => place().prop_map(Some)];
    let numbers = (amount(0), part(), part());
    (id, intent, numbers, currency(), status, moment(), words()).prop_map(
        |(id, intent, (amount, captured, fee), currency, status, available_on, words)| {
            let captured = captured.of(amount).max(1);
            let fee = fee.of(captured);
            ChargeDraft { id, intent, amount, captured, fee, currency, status, available_on, words }
        },
    )
}

/// How much of something: capture and fee are often all or nothing, rarely too much.
#[derive(Clone, Copy, Debug)]
enum Part {
    Nothing,
    Half,
    All,
    TooMuch,
}

impl Part {
    fn of(self, whole: i64) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Half => whole / 2,
            Self::All => whole,
            Self::TooMuch => (whole + 1).min(MAX),
        }
    }
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        20 => Just(Part::Nothing),
        30 => Just(Part::Half),
        30 => Just(Part::All),
        1 => Just(Part::TooMuch),
    ]
}

fn conclusion() -> impl Strategy<Value = ConclusionDraft> {
    prop_oneof![
        4 => (1..6_i64, 0..3_i64, moment()).prop_map(|(captured, fee, available_on)| {
            ConclusionDraft::Succeeded { captured, fee, available_on }
        }),
        1 => Just(ConclusionDraft::Failed),
        1 => Just(ConclusionDraft::Canceled),
    ]
}

fn refund(large: u32) -> impl Strategy<Value = RefundDraft> {
    let target = prop_oneof![
        4 => place().prop_map(TargetDraft::Charge),
        1 => place().prop_map(TargetDraft::Intent),
    ];
    let amount = option::weighted(0.7, amount(large));
    let reason = option::weighted(
        0.2,
        sample::select(&[Reason::Duplicate, Reason::Fraudulent, Reason::RequestedByCustomer][..]),
    );
    (target, amount, reason, words()).prop_map(|(target, amount, reason, words)| {
        let WordsDraft { description, metadata, external_reference } = words;
        RefundDraft { target, amount, reason, description, metadata, external_reference }
    })
}

fn words() -> impl Strategy<Value = WordsDraft> {
    let description = option::weighted(0.2, sample::select(&["", "كتاب \"1\""][..]));
    const METADATA: [&[(&str, &str)]; 3] = [&[("a", "1")], &[("é", ""), ("z", "\n")], &[]];
    let metadata = prop_oneof![4 => Just(&[][..]), 1 => sample::select(&METADATA[..])];
    let reference = option::weighted(0.2, sample::select(&["T-1", "T-2", "T-3", "T-4", "T 5"][..]));
    (description, metadata, reference).prop_map(|(description, metadata, external_reference)| {
        WordsDraft { description, metadata, external_reference }
    })
}

fn transfer(large: u32) -> impl Strategy<Value = TransferDraft> {
    let kind = sample::select(
        &[
            (TransferKind::Payout, "po_a", 1),
            (TransferKind::Payout, "po_b", 1),
            (TransferKind::Payout, "po_c", 1),
            (TransferKind::TopUp, "tu_a", 1),
            (TransferKind::Settlement, "stl_a", 1),
            (TransferKind::Settlement, "stl_a", -1),
            (TransferKind::Adjustment, "adj_a", 1),
            (TransferKind::Adjustment, "adj_a", -1),
            // Against the only direction, and with another kind's prefix.
            (TransferKind::Payout, "po_a", -1),
            (TransferKind::TopUp, "po_d", 1),
        ][..],
    );
    let description = option::weighted(0.2, sample::select(&["", "opening balance"][..]));
    (kind, option::weighted(0.3, Just(())), amount(large), currency(), description).prop_map(
        |((kind, id, sign), with_id, amount, currency, description)| TransferDraft {
            id: with_id.map(|()| id),
            kind,
            amount: sign * amount,
            currency,
            description,
        },
    )
}

fn outcome() -> impl Strategy<Value = PayoutOutcome> {
    sample::select(&[PayoutOutcome::Paid, PayoutOutcome::Failed, PayoutOutcome::Returned][..])
}

fn limit() -> impl Strategy<Value = LimitDraft> {
    prop_oneof![
        2 => Just(LimitDraft::Unlimited),
        2 => sample::select(&[0, 3, 100][..]).prop_map(LimitDraft::Each),
        1 => Just(LimitDraft::Each(u64::MAX)),
        1 => Just(LimitDraft::PerCurrency(&[("EGP", 5), ("KWD", 0)])),
    ]
}
