//! The signature of a delivery: whoever shares the secret can tell that the body came from here, as it
//! is, and not long ago.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header that every delivery has.
pub(crate) const HEADER: &str = "xpay-signature";

/// What an endpoint and the server share. It is shown once, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// A new one, of 256 random bits.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("whsec_{}", hex(&bytes))))
    }

    pub(crate) const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text, for its owner's eyes and for its file.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    fn sign(&self, seconds: i64, body: &[u8]) -> String {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else {
            return String::new();
        };
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        hex(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whsec_…")
    }
}

/// The header's value: the moment, and one signature for each secret.
pub(crate) fn header(secrets: &[&Secret], seconds: i64, body: &[u8]) -> String {
    let signatures = secrets.iter().map(|secret| format!(",v1={}", secret.sign(seconds, body)));
    format!("t={seconds}{}", signatures.collect::<String>())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's `hmac`.
    #[test]
    fn the_header_is_what_receivers_compute() {
        let (new, old) = (Secret("whsec_new".into()), Secret("whsec_old".into()));
        let body = br#"{"object":"event"}"#;
        let one = "c9eb891f6472508419442382ff5e21c6d63b23be670be475c4973fd1d1b21e0e";
        let other = "50399cbd552c58964e907ffd57af58faa2d276115104b2a2f30d89bdeb6840ce";
        assert_eq!(header(&[&new], 1_700_000_000, body), format!("t=1700000000,v1={one}"));
        let both = header(&[&new, &old], 1_700_000_000, body);
        assert_eq!(both, format!("t=1700000000,v1={one},v1={other}"));
    }

    #[test]
    fn a_secret_is_long_random_and_not_told_by_accident() {
        let (one, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), "whsec_".len() + 64);
        assert_eq!(format!("{one:?}"), "whsec_…");
    }
}
