//! Generated ids, made without the library and without a UUID crate.

use super::entropy::Entropy;

/// `prefix`, then a UUID v7 of the moment and ten random bytes, in Crockford's base 32.
pub(super) fn generate(prefix: &str, millis: i64, entropy: &mut Entropy) -> String {
    let random: [u8; 10] = entropy.draw();
    let mut bytes = [0_u8; 16];
    bytes[..6].copy_from_slice(&millis.max(0).to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    // RFC 9562: the version in the upper half of byte 6, the variant in the top bits of byte 8.
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut number = u128::from_be_bytes(bytes);
    let mut digits = [0_u8; 26];
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdefghjkmnpqrstvwxyz"[(number % 32) as usize];
        number /= 32;
    }
    format!("{prefix}{}", std::str::from_utf8(&digits).unwrap())
}

#[test]
fn the_model_makes_uuids_of_version_7() {
    let id = generate("re_", 0x0123_4567_89ab, &mut Entropy::seeded(7));
    // The version and the variant are the 11th digit's and the 13th digit's upper bits.
    assert_eq!((&id[..13], id.len()), ("re_014d2pf2db", 29));
    assert!(matches!(id.as_bytes()[13], b'e' | b'f'), "{id}");
}
