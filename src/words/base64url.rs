//! Base64 with the alphabet that fits addresses and QR codes (RFC 4648, section 5), without padding.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Appends the digits of `bytes`.
pub(crate) fn push(text: &mut String, bytes: &[u8]) {
    for group in bytes.chunks(3) {
        let bits = (0..3)
            .fold(0_u32, |bits, at| (bits << 8) | u32::from(group.get(at).copied().unwrap_or(0)));
        for place in (0..4_u32).take(group.len().saturating_add(1)) {
            let digit = (bits >> 18_u32.saturating_sub(place.saturating_mul(6))) & 63;
            text.push(char::from(DIGITS[usize::try_from(digit).unwrap_or(0)]));
        }
    }
}

/// Reads what [`push`] writes; every other text is refused, so that bytes have one spelling.
pub(crate) fn parse(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let digit = match group.get(at) {
                Some(byte) => DIGITS.iter().position(|digit| digit == byte)?,
                None => 0,
            };
            bits = (bits << 6) | u32::try_from(digit).ok()?;
        }
        let [_, three @ ..] = bits.to_be_bytes();
        bytes.extend(three.iter().take(group.len().saturating_sub(1)));
    }
    let mut again = String::with_capacity(text.len());
    push(&mut again, &bytes);
    (again == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut written = String::new();
            push(&mut written, bytes.as_bytes());
            assert_eq!(written, text);
            assert_eq!(parse(text).unwrap(), bytes.as_bytes());
        }
        let mut written = String::new();
        push(&mut written, &[0xfb, 0xff, 0xbf]);
        assert_eq!(written, "-_-_");
    }

    #[test]
    fn bytes_have_one_spelling() {
        for wrong in ["Z", "Zh", "Zm9", "Zg==", "Zm+v", "Zm 9v", "Zm9vé"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
