//! The forms in which callers without Rust's types say things: JSON objects, and lines of an import.

mod fields;
mod filters;
pub(crate) mod import;
mod objects;
