//! Amounts as others write them.

/// Reads an amount in minor units; `None` if any of it is something else.
pub(super) fn parse(text: &str, exponent: u32, comma: bool, minor_units: bool) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        },
    };
    let (mark, group) = if comma { (',', '.') } else { ('.', ',') };
    let (whole, decimals) = text.split_once(mark).unwrap_or((text, ""));
    if minor_units && text.contains(mark) || text.ends_with(mark) {
        return None;
    }
    let exponent = if minor_units { 0 } else { usize::try_from(exponent).ok()? };
    // More decimals than the currency has are fine if they say nothing.
    let (kept, rest) = decimals.split_at_checked(exponent).unwrap_or((decimals, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(kept) || rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let whole = ungrouped(whole, group)?;
    let minor: i64 = format!("{whole}{kept:0<exponent$}").parse().ok()?;
    Some(if negative { minor.checked_neg()? } else { minor })
}

/// The digits without what stands between thousands, which must stand there alone.
fn ungrouped(whole: &str, group: char) -> Option<String> {
    let is_group = |character: char| character == group || " \u{a0}\u{202f}'’".contains(character);
    let mut parts = whole.split(is_group);
    let first = parts.next()?;
    let rest: Vec<_> = parts.collect();
    let is_first = if rest.is_empty() { !first.is_empty() } else { (1..=3).contains(&first.len()) };
    let digits = whole.chars().filter(|character| !is_group(*character));
    let all = digits.clone().all(|digit| digit.is_ascii_digit());
    (is_first && all && rest.iter().all(|part| part.len() == 3)).then(|| digits.collect())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (text, minor) in [
            ("226.04", 22_604),
            ("-226.04", -22_604),
            ("\u{2212}226.04", -22_604),
            ("(226.04)", -22_604),
            (" +1,234,567.8 ", 123_456_780),
            ("1 234.50", 123_450),
            ("12", 1_200),
            ("0.10000", 10),
            ("-0.00", 0),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(parse(text, 2, false, false), Some(minor), "{text}");
        }
        for text in [
            "",
            "-",
            "1.234",
            "1,23",
            "12,34.00",
            "1,2345",
            ",123",
            "1.2.3",
            "1e2",
            "12-",
            "EGP 1",
            "1.",
            ".5",
            "--1",
            "(-1",
            "1,234,",
            "92233720368547758.08",
            "٥",
        ] {
            assert_eq!(parse(text, 2, false, false), None, "{text}");
        }
        assert_eq!(parse("1.234,56", 2, true, false), Some(123_456));
        assert_eq!(parse("1,234", 2, true, false), None, "three decimals");
        assert_eq!(parse("1,234", 3, true, false), Some(1_234));
        assert_eq!(parse("1.234", 0, true, false), Some(1_234));
        assert_eq!(parse("123", 0, false, false), Some(123));
        assert_eq!(parse("22604", 2, false, true), Some(22_604));
        assert_eq!(parse("226.04", 2, false, true), None);
    }
}
