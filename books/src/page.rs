//! The frame of a page for browsers and printers. It needs nothing from elsewhere and runs nothing.

use std::fmt;

/// Three such texts, a moment and an amount fit beside each other.
const SHORT: usize = 16;

const STYLE: &str = include_str!("page.css");

/// Everything before a page's content.
pub(crate) fn begin(language: &str, direction: &str, title: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n"
    )
}

/// A cell with an id or a reference, which has its own direction. A short one is not broken into lines,
/// however long the others are.
pub(crate) fn cell(text: &str) -> String {
    let class = if text.len() <= SHORT { " class=\"s\"" } else { "" };
    format!("<td{class}><bdi dir=\"ltr\">{}</bdi></td>", escaped(text))
}

/// A text that has no meaning in HTML.
pub(crate) fn escaped(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        for character in text.chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    })
}
