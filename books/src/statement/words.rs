//! The words of a statement, in English and in Arabic.

/// In which language a statement is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Arabic, from right to left.
    Arabic,
}

impl Language {
    /// The language's code.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
        }
    }

    pub(super) const fn direction(self) -> &'static str {
        match self {
            Self::English => "ltr",
            Self::Arabic => "rtl",
        }
    }
}

pub(super) struct Words {
    pub(super) statement: &'static str,
    pub(super) period: &'static str,
    pub(super) to: &'static str,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    pub(super) head: &'static str,
    pub(super) opening: &'static str,
    pub(super) closing: &'static str,
    pub(super) total: &'static str,
    /// By [`Group::ALL`](super::Group::ALL).
    pub(super) groups: [&'static str; super::GROUPS],
    pub(super) when: &'static str,
    pub(super) id: &'static str,
    pub(super) of: &'static str,
    pub(super) reference: &'static str,
    pub(super) amount: &'static str,
    pub(super) account: &'static str,
    pub(super) all_accounts: &'static str,
    /// By [`Account::ALL`](refundry::Account::ALL).
    pub(super) accounts: [&'static str; 7],
    pub(super) before: &'static str,
    pub(super) change: &'static str,
    pub(super) after: &'static str,
    pub(super) funds: &'static str,
    pub(super) compared: &'static str,
}

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Arabic => &ARABIC,
        }
    }
}

const ENGLISH: Words = Words {
    statement: "Statement",
    period: "Period",
    to: "to",
    first: "the first entry",
    last: "the last entry",
    head: "Head of the chain",
    opening: "Opening balance",
    closing: "Closing balance",
    total: "Total",
    groups: [
        "Charges",
        "Fees",
        "Refunds",
        "Refunds that came back",
        "Payouts",
        "Payouts that came back",
        "Top-ups",
        "Disputes",
        "Disputes that were won",
        "Adjustments",
    ],
    when: "Date and time",
    id: "Id",
    of: "Charge",
    reference: "Reference",
    amount: "Amount",
    account: "Account",
    all_accounts: "Accounts",
    accounts: [
        "Pending funds",
        "Available funds",
        "Payouts on their way",
        "Owed by the acquirer",
        "The platform's bank",
        "The platform's fees",
        "The platform's losses",
    ],
    before: "Opening",
    change: "Change",
    after: "Closing",
    funds: "Pending and available funds",
    compared: "All balances were compared with the ledger's.",
};

const ARABIC: Words = Words {
    statement: "كشف حساب",
    period: "الفترة",
    to: "إلى",
    first: "أول قيد",
    last: "آخر قيد",
    head: "رأس السلسلة",
    opening: "الرصيد الافتتاحي",
    closing: "الرصيد الختامي",
    total: "الإجمالي",
    groups: [
        "المدفوعات",
        "الرسوم",
        "المبالغ المردودة",
        "مبالغ مردودة فشل ردها",
        "التحويلات إلى البنك",
        "تحويلات مرتجعة",
        "الإيداعات",
        "المبالغ المتنازع عليها",
        "مبالغ استُردّت بعد النزاع",
        "التسويات",
    ],
    when: "التاريخ والوقت",
    id: "المعرّف",
    of: "الدفعة",
    reference: "المرجع",
    amount: "المبلغ",
    account: "الحساب",
    all_accounts: "الحسابات",
    accounts: [
        "أموال معلّقة",
        "أموال متاحة",
        "تحويلات في الطريق",
        "مستحق على جهة التحصيل",
        "بنك المنصة",
        "رسوم المنصة",
        "خسائر المنصة",
    ],
    before: "الافتتاحي",
    change: "الحركة",
    after: "الختامي",
    funds: "الأموال المعلّقة والمتاحة",
    compared: "قورنت جميع الأرصدة بأرصدة الدفتر.",
};
