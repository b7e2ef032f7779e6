//! Routes: what there is to ask for, by path, method and parameters.

use percent_encoding::percent_decode_str;

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Refunds,
    Refund,
    RefundReceipt,
    Charges,
    Charge,
    PaymentIntent,
    Disputes,
    Dispute,
    Handovers,
    Handover,
    Balance,
    BalanceTransactions,
    BalanceTransaction,
    Events,
    Event,
    Feed,
    Health,
    Readiness,
    Description,
    Docs,
    Viewer,
}

impl Route {
    const ALL: [Self; 21] = [
        Self::Refunds,
        Self::Refund,
        Self::RefundReceipt,
        Self::Charges,
        Self::Charge,
        Self::PaymentIntent,
        Self::Disputes,
        Self::Dispute,
        Self::Handovers,
        Self::Handover,
        Self::Balance,
        Self::BalanceTransactions,
        Self::BalanceTransaction,
        Self::Events,
        Self::Event,
        Self::Feed,
        Self::Health,
        Self::Readiness,
        Self::Description,
        Self::Docs,
        Self::Viewer,
    ];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Refunds => "/refunds",
            Self::Refund => "/refunds/{id}",
            Self::RefundReceipt => "/refunds/{id}/receipt",
            Self::Charges => "/charges",
            Self::Charge => "/charges/{id}",
            Self::PaymentIntent => "/payment_intents/{id}",
            Self::Disputes => "/disputes",
            Self::Dispute => "/disputes/{id}",
            Self::Handovers => "/handovers",
            Self::Handover => "/handovers/{id}",
            Self::Balance => "/balance",
            Self::BalanceTransactions => "/balance_transactions",
            Self::BalanceTransaction => "/balance_transactions/{id}",
            Self::Events => "/events",
            Self::Event => "/events/{id}",
            Self::Feed => "/feed",
            Self::Health => "/healthz",
            Self::Readiness => "/readyz",
            Self::Description => "/openapi.json",
            Self::Docs => "/docs",
            Self::Viewer => "/docs/viewer.js",
        }
    }

    /// Its methods, as the header has them. HEAD works wherever GET does.
    pub(crate) const fn allow(self) -> &'static str {
        if self.takes_posts() { "GET, HEAD, POST" } else { "GET, HEAD" }
    }

    pub(crate) const fn takes_posts(self) -> bool {
        matches!(self, Self::Refunds | Self::Feed)
    }

    /// The parameters that may follow its path; `None` where nobody minds them.
    pub(crate) const fn parameters(self, is_post: bool) -> Option<&'static [&'static str]> {
        match self {
            Self::Refunds if !is_post => Some(&[
                "limit",
                "startingAfter",
                "chargeId",
                "paymentIntentId",
                "from",
                "to",
                "status",
                "externalReference",
                "stale",
            ]),
            Self::Charges => Some(&[
                "limit",
                "startingAfter",
                "paymentIntentId",
                "from",
                "to",
                "status",
                "externalReference",
                "stale",
            ]),
            Self::BalanceTransactions => {
                Some(&["limit", "startingAfter", "from", "to", "type", "stale"])
            }
            Self::Disputes => Some(&["limit", "startingAfter", "chargeId", "status", "stale"]),
            Self::Handovers => Some(&["limit", "startingAfter", "chargeId", "direction", "stale"]),
            Self::Events => Some(&["limit", "startingAfter", "endingBefore", "type", "stale"]),
            Self::Feed if !is_post => Some(&["after", "stale"]),
            _ if self.is_open() => None,
            _ if is_post => Some(&[]),
            _ => Some(&["stale"]),
        }
    }

    /// Whether anyone may ask.
    pub(crate) const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Health | Self::Readiness | Self::Description | Self::Docs | Self::Viewer
        )
    }

    /// Whether its answer is one small thing out of a book. A receipt may take long, and a feed is made while
    /// it is sent.
    pub(crate) const fn is_of_a_book(self) -> bool {
        !self.is_open() && !matches!(self, Self::Feed | Self::RefundReceipt)
    }

    /// The route of a path, and the id in it.
    pub(crate) fn of(path: &str) -> Option<(Self, String)> {
        Self::ALL.into_iter().find_map(|route| {
            let Some((before, after)) = route.path().split_once("{id}") else {
                return (route.path() == path).then(|| (route, String::new()));
            };
            let id = path.strip_prefix(before)?.strip_suffix(after)?;
            if id.is_empty() || id.contains('/') {
                return None;
            }
            Some((route, percent_decode_str(id).decode_utf8_lossy().into_owned()))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_has_every_route_and_method() {
        let text = include_str!("../openapi.json");
        let description: serde_json::Value = serde_json::from_str(text).unwrap();
        let described: BTreeSet<_> = description["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|method| (path.clone(), method.clone()))
            })
            .collect();
        // What is for people's eyes is left out.
        let is_described = |route: &Route| !matches!(route, Route::Docs | Route::Viewer);
        let routes = Route::ALL.into_iter().filter(is_described).flat_map(|route| {
            // HEAD is said to work wherever GET does.
            let methods = route.allow().split(", ").filter(|method| *method != "HEAD");
            methods.map(move |method| (route.path().to_owned(), method.to_lowercase()))
        });
        assert_eq!(routes.collect::<BTreeSet<_>>(), described);
    }

    #[test]
    fn ids_in_paths() {
        assert_eq!(Route::of("/charges/a%2Fb%25"), Some((Route::Charge, "a/b%".into())));
        assert_eq!(Route::of("/charges/{id}"), Some((Route::Charge, "{id}".into())));
        assert_eq!(Route::of("/refunds/a%2Fb/receipt"), Some((Route::RefundReceipt, "a/b".into())));
        for path in [
            "/refunds//receipt",
            "/refunds/a/receipt/",
            "/refunds/a/b/receipt",
            "/charges/",
            "/charges/a/",
            "/charges/a/b",
            "",
            "/",
            "/Balance",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
