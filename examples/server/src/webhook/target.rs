//! Where a webhook may lead: the operator's URL, checked when it is added.

use hyper::Uri;

use super::reach::{self, Reach};

/// The longest URL that is taken.
const LONGEST: usize = 2_048;

/// A URL that events may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) uri: Uri,
    /// Which addresses its host may have.
    pub(crate) reach: Reach,
}

impl Target {
    /// Checks a URL: https, or http to this machine. With `private`, the host's addresses may be
    /// private ones.
    pub(crate) fn new(url: &str, private: bool) -> Result<Self, &'static str> {
        const FORM: &str = "must be a URL such as https://shop.example/webhooks";
        if url.len() > LONGEST || url.contains('#') {
            return Err(FORM);
        }
        let uri: Uri = url.parse().map_err(|_| FORM)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(FORM);
        };
        if authority.as_str().contains('@') {
            return Err("must not have a user's name in it: the signature says who sends");
        }
        let host = authority.host();
        let is_loopback = reach::is_loopback_name(host);
        let reach = match (scheme, is_loopback, private) {
            ("http" | "https", true, _) => Reach::Loopback,
            ("https", false, false) => Reach::Public,
            ("https", false, true) => Reach::Any,
            ("http", false, _) => {
                return Err("must begin with https:// (http:// only for this machine itself)");
            }
            _ => return Err(FORM),
        };
        if let Some(address) = reach::literal(host)
            && !reach.allows(address)
        {
            return Err(
                "leads to a private address; allow it with --allow-private, if you mean it",
            );
        }
        Ok(Self { uri, reach })
    }

    /// The name of its host, as the URL has it.
    pub(crate) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// Whether its host may have private addresses.
    pub(crate) fn is_private(&self) -> bool {
        self.reach == Reach::Any
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_secure(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (url, private, reach) in [
            ("https://shop.example/hooks?a=1", false, Reach::Public),
            ("https://shop.example", true, Reach::Any),
            ("https://93.184.215.14:8443/", false, Reach::Public),
            ("https://10.0.0.1/", true, Reach::Any),
            ("http://127.0.0.1:4242/webhook", false, Reach::Loopback),
            ("http://LOCALHOST:4242", false, Reach::Loopback),
            ("http://[::1]:4242/webhook", false, Reach::Loopback),
            ("https://localhost/", true, Reach::Loopback),
        ] {
            assert_eq!(Target::new(url, private).unwrap().reach, reach, "{url}");
        }
        for url in [
            "",
            "/webhook",
            "shop.example",
            "ftp://shop.example/",
            "http://shop.example/",
            "http://127.0.0.1.example/",
            "http://10.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://user:password@shop.example/",
            "https://shop.example/#there",
            &format!("https://shop.example/{}", "x".repeat(2_048)),
        ] {
            assert!(Target::new(url, false).is_err(), "{url}");
        }
        assert!(Target::new("http://shop.example/", true).is_err());
    }
}
