//! The address at which other nodes reach a node.

use hyper::Uri;

use crate::webhook::reach::{self, Reach};

/// The longest that is taken.
const LONGEST: usize = 512;

/// `https://host`, or `http://host` on a private network, with a port or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(Uri);

impl Address {
    /// Reads an address. API keys are sent there, so that plain HTTP is for this machine and private networks.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "an address is scheme, host and port, such as http://10.0.0.21:8080";
        if text.len() > LONGEST || text.contains(['#', '?']) {
            return Err(FORM);
        }
        let uri: Uri = text.parse().map_err(|_| FORM)?;
        let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(FORM);
        };
        let host = authority.host();
        let with_port = authority.port_u16().map(|port| format!("{host}:{port}"));
        let is_bare =
            authority == host || with_port.is_some_and(|whole| authority == whole.as_str());
        if uri.path() != "/" || host.is_empty() || !is_bare {
            return Err(FORM);
        }
        let literal = reach::literal(host);
        let address = Self(uri);
        match literal {
            Some(host) if host.is_unspecified() => Err(FORM),
            Some(host) if !address.reach().allows(host) => Err(
                "plain http is for a private network, because API keys are sent there; name an address of one, or https",
            ),
            _ => Ok(address),
        }
    }

    /// The same, with the port on which this server listens in the place of port 0.
    pub(crate) fn listening_on(self, port: u16) -> Self {
        let Some(host) = self.0.host().filter(|_| self.0.port_u16() == Some(0)) else {
            return self;
        };
        let authority = format!("{host}:{port}");
        let built = Uri::builder().scheme(self.0.scheme_str().unwrap_or_default());
        built.authority(authority).path_and_query("/").build().map_or(self, Self)
    }

    /// Which addresses its host may have. A name in an address of plain HTTP is looked up when it is connected to.
    pub(crate) fn reach(&self) -> Reach {
        if self.is_secure() { Reach::Any } else { Reach::Private }
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_secure(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Something at this address.
    pub(crate) fn with(&self, path_and_query: &str) -> Option<Uri> {
        let mut parts = self.0.clone().into_parts();
        parts.path_and_query = Some(path_and_query.parse().ok()?);
        Uri::from_parts(parts).ok()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, written) in [
            ("http://10.0.0.21:8080", "http://10.0.0.21:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://[fd00::1]:8080", "http://[fd00::1]:8080"),
            ("http://node-1.internal", "http://node-1.internal"),
            ("https://93.184.215.14", "https://93.184.215.14"),
            ("https://node-1.example:8443", "https://node-1.example:8443"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), written);
        }
        for text in [
            "",
            "10.0.0.21:8080",
            "/refunds",
            "ftp://10.0.0.21",
            "http://",
            "http://10.0.0.21:8080/refunds",
            "http://10.0.0.21:8080?a=1",
            "http://10.0.0.21:8080#a",
            "http://user:password@10.0.0.21:8080",
            "http://10.0.0.21:port",
            "http://10.0.0.21:",
            "http://0.0.0.0:8080",
            "https://[::]:8080",
            "http://93.184.215.14:8080",
            "http://[2606:4700::1]",
            &format!("https://{}", "x".repeat(LONGEST)),
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn port_0_is_the_one_that_is_listened_on() {
        let listening = |text| Address::parse(text).unwrap().listening_on(9).to_string();
        assert_eq!(listening("http://[::1]:0"), "http://[::1]:9");
        assert_eq!(listening("https://node:8443"), "https://node:8443");
        assert_eq!(listening("https://node"), "https://node");
    }
}
