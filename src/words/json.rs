//! JSON read strictly: no duplicate keys, no deep nesting, numbers as they were written.

use std::{collections::BinaryHeap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::words::error::{Error, Result};

/// How deep objects and arrays may be nested; the outermost is 1.
const DEEPEST: u32 = 16;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The number as it was written, because reading it might round it.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Reads one JSON value.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
    let raw: &RawValue =
        serde_json::from_str(text).map_err(|_| malformed("it is not one JSON value"))?;
    value(raw, 1)
}

/// Reads one JSON object, its members in the order of the text.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Vec<(String, Json)>> {
    match parse(bytes)? {
        Json::Object(members) => Ok(members),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
            Err(malformed("it is not an object"))
        }
    }
}

/// Reads a string that stands for something else, without a copy of it; `expected` says for what.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T>(
    from: D,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> std::result::Result<T, D::Error> {
    struct Parsed<F>(&'static str, F);

    impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Parsed<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<T, E> {
            let Self(expected, parse) = self;
            parse(text).ok_or_else(|| E::custom(format_args!("not {expected}")))
        }
    }

    from.deserialize_str(Parsed(expected, parse))
}

const fn malformed(problem: &'static str) -> Error {
    Error::InvalidRequest { problem }
}

fn value(raw: &RawValue, depth: u32) -> Result<Json> {
    let text = raw.get();
    let deeper = depth.saturating_add(1);
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth > DEEPEST => Err(malformed("it is nested over 16 deep")),
        Some(b'{') => {
            let Members(members) = read(text)?;
            // A heap's sorting is a twentieth of the code of a slice's, which nothing else here needs.
            let keys: BinaryHeap<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
            if keys.into_sorted_vec().is_sorted_by(|one, next| one < next) {
                let members = members.into_iter();
                let members = members.map(|(key, raw)| Ok((key, value(raw, deeper)?)));
                members.collect::<Result<_>>().map(Json::Object)
            } else {
                Err(malformed("a key stands twice in one object"))
            }
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = read(text)?;
            items.into_iter().map(|raw| value(raw, deeper)).collect::<Result<_>>().map(Json::Array)
        }
        Some(b'"') => match text.get(1..text.len().saturating_sub(1)) {
            Some(plain) if !plain.contains('\\') => Ok(Json::String(plain.to_owned())),
            // This is where a lone surrogate is found.
            _ => Ok(Json::String(read(text)?)),
        },
        Some(b'n') => Ok(Json::Null),
        Some(b't' | b'f') => Ok(Json::Bool(text == "true")),
        _ => Ok(Json::Number(text.to_owned())),
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| malformed("a string in it is malformed"))
}

/// The members of an object, duplicates included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Object)
    }
}

/// Whether a string is the one spelling of a number that is not negative.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

/// A whole number: a string of digits, or a JSON integer of any length. What an `i64` can't hold
/// becomes the nearest it can, which is outside every range that matters.
pub(crate) fn whole_number(json: &Json) -> Option<i64> {
    match json {
        Json::String(text) if is_digits(text) => Some(saturating(text)),
        Json::Number(text) if !text.contains(['.', 'e', 'E']) => Some(saturating(text)),
        _ => None,
    }
}

/// A whole number of either sign: a string of digits with or without a minus, or a JSON integer.
pub(crate) fn signed_number(json: &Json) -> Option<i64> {
    match json {
        Json::String(text) => match text.strip_prefix('-') {
            Some(digits) if is_digits(digits) && digits != "0" => Some(saturating(text)),
            Some(_) => None,
            None => whole_number(json),
        },
        other => whole_number(other),
    }
}

fn saturating(text: &str) -> i64 {
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_one_strict_object_is_refused() {
        let nested = |depth: usize| {
            format!("{}{}", "{\"a\":".repeat(depth - 1), "{}") + &"}".repeat(depth - 1)
        };
        assert!(parse_object(nested(16).as_bytes()).is_ok());
        assert!(parse_object(nested(17).as_bytes()).is_err());
        let deep = "[".repeat(60_000);
        for text in [
            "",
            " ",
            "null",
            "[]",
            "1",
            "{",
            "{}x",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":1}",
            "{\"a\":{\"b\":[{\"c\":1,\"\\u0063\":1}]}}",
            "{\"a\":\"\\ud800\"}",
            "{\"\\udc00\":1}",
            "{\"a\":01}",
            "{\"a\":NaN}",
            "\u{feff}{}",
            "{'a':1}",
            "{\"a\":\"\u{1}\"}",
            &deep,
        ] {
            assert!(parse_object(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse_object(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn numbers_keep_their_digits() {
        let number = |text: &str| {
            let members = parse_object(format!("{{\"n\":{text}}}").as_bytes()).unwrap();
            whole_number(&members[0].1)
        };
        assert_eq!(number("12345678901234567890123456"), Some(i64::MAX));
        assert_eq!(number("-0"), Some(0));
        assert_eq!(number("\"9007199254740993\""), Some(9_007_199_254_740_993));
        for text in ["1.0", "1e2", "1E400", "\"-1\"", "\"01\"", "\"\"", "\" 1\"", "true", "null"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
