//! The TypeScript of the objects that the API shows, made from the library's sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct, Type, parse::Parser};

/// What stands first in the file.
const HEAD: &str = "\
/** The ledger's objects, in the API's shape. Made from the library's sources by `cargo xtask wasm`. */

import type { NegativeBalanceLimit } from \"./requests.js\";
";

/// The library's sources in which they are, in the order of the API.
const SOURCES: [&str; 19] = [
    "merchant.rs",
    "key.rs",
    "intent.rs",
    "charge.rs",
    "refund.rs",
    "posted.rs",
    "dispute.rs",
    "handover.rs",
    "transfer.rs",
    "account.rs",
    "statement.rs",
    "entry.rs",
    "event.rs",
    "chain.rs",
    "totals.rs",
    "page.rs",
    "idempotency.rs",
    "feed.rs",
    "progress.rs",
];

/// Writes `wasm/ts/objects.ts` anew.
///
/// # Errors
/// What to say if the sources can't be read or the file can't be written.
pub(crate) fn write() -> Result<(), String> {
    let path = path();
    fs::write(&path, generate()?).map_err(|error| format!("{}: {error}", path.display()))
}

fn path() -> PathBuf {
    super::folder().join("ts/objects.ts")
}

fn generate() -> Result<String, String> {
    let sources = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../src/words"));
    let mut text = HEAD.to_owned();
    for name in SOURCES {
        let source = fs::read_to_string(sources.join(name))
            .map_err(|error| format!("src/words/{name}: {error}"))?;
        let file =
            syn::parse_file(&source).map_err(|error| format!("src/words/{name}: {error}"))?;
        for item in file.items {
            match item {
                Item::Struct(item) if is_shown(&item.attrs) => text += &object(&item)?,
                Item::Enum(item) if is_shown(&item.attrs) => text += &names(&item)?,
                _ => {}
            }
        }
    }
    Ok(text)
}

/// Whether a type becomes JSON as its fields say.
fn is_shown(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("derive")
            && quoted(attribute).split(',').any(|name| name.trim() == "Serialize")
    })
}

/// What stands between an attribute's parentheses.
fn quoted(attribute: &Attribute) -> String {
    attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default()
}

/// The options of `#[serde(…)]`, such as `skip` and `rename = "type"`.
fn serde(attributes: &[Attribute]) -> Vec<(String, Option<String>)> {
    let mut options = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let list = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated
            .parse_str(&quoted(attribute));
        for meta in list.into_iter().flatten() {
            let name = meta.path().get_ident().map(ToString::to_string).unwrap_or_default();
            let value = match &meta {
                syn::Meta::NameValue(pair) => match &pair.value {
                    syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
                        Some(text.value())
                    }
                    _ => None,
                },
                _ => None,
            };
            options.push((name, value));
        }
    }
    options
}

fn option<'a>(options: &'a [(String, Option<String>)], name: &str) -> Option<&'a str> {
    options.iter().find(|(found, _)| found == name).and_then(|(_, value)| value.as_deref())
}

/// The documentation, in TypeScript's words.
fn comment(attributes: &[Attribute], margin: &str) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
        {
            lines.push(in_typescript(text.value().trim()));
        }
    }
    match &lines[..] {
        [] => String::new(),
        [line] => format!("{margin}/** {line} */\n"),
        lines => {
            let body: String = lines.iter().map(|line| format!("{margin} * {line}\n")).collect();
            format!("{margin}/**\n{}{margin} */\n", body.replace(" * \n", " *\n"))
        }
    }
}

/// Takes away what only Rust's documentation understands: where links lead to.
fn in_typescript(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, link)) = rest.split_once('[') {
        text += before;
        let Some((shown, after)) = link.split_once(']') else {
            text.push('[');
            rest = link;
            continue;
        };
        text += shown;
        rest = after.strip_prefix('(').and_then(|to| to.split_once(')')).map_or(after, |to| to.1);
    }
    (text + rest).replace("`None`", "null").replace("::", ".")
}

/// An enum of objects that their fields tell apart.
fn union(item: &ItemEnum) -> Result<String, String> {
    let mut text = format!("\n{}export type {} =", comment(&item.attrs, ""), item.ident);
    for variant in &item.variants {
        let Some(field) = variant.fields.iter().next().filter(|_| variant.fields.len() == 1) else {
            return Err(format!("{}: each name has one object", item.ident));
        };
        text += &format!("\n{}  | {}", comment(&variant.attrs, "  "), kind(&field.ty)?);
    }
    Ok(text + ";\n")
}

/// An enum without data: one of some strings.
fn names(item: &ItemEnum) -> Result<String, String> {
    let options = serde(&item.attrs);
    if options.iter().any(|(name, _)| name == "untagged") {
        return union(item);
    }
    let snake = option(&options, "rename_all") == Some("snake_case");
    let mut text = comment(&item.attrs, "");
    text += &format!("export type {} =", item.ident);
    for variant in &item.variants {
        if !snake || !matches!(variant.fields, Fields::Unit) {
            return Err(format!("{}: only plain names in snake_case are known", item.ident));
        }
        let name = match option(&serde(&variant.attrs), "rename") {
            Some(name) => name.to_owned(),
            None => snake_case(&variant.ident.to_string()),
        };
        text += &format!("\n{}  | \"{name}\"", comment(&variant.attrs, "  "));
    }
    Ok(format!("\n{text};\n"))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1);
        camel += &first.to_ascii_uppercase();
        camel += rest;
    }
    camel
}

/// A struct: an object with its fields, and with those of the objects that are flattened into it.
fn object(item: &ItemStruct) -> Result<String, String> {
    let of_all = serde(&item.attrs);
    let camel = option(&of_all, "rename_all") == Some("camelCase");
    let mut parts = Vec::new();
    let mut members = String::new();
    if let (Some(tag), Some(name)) = (option(&of_all, "tag"), option(&of_all, "rename")) {
        members += &format!("  /** What it is. */\n  readonly {tag}: \"{name}\";\n");
    }
    for field in &item.fields {
        let options = serde(&field.attrs);
        let has = |name: &str| options.iter().any(|(found, _)| found == name);
        if has("skip") {
            continue;
        }
        let kind = kind(&field.ty)?;
        if has("flatten") {
            parts.push(kind);
            continue;
        }
        let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        if !camel && name.contains('_') {
            return Err(format!("{}.{name} is not in camelCase", item.ident));
        }
        let name = option(&options, "rename").map_or_else(|| camel_case(&name), str::to_owned);
        members += &comment(&field.attrs, "  ");
        members += &format!("  readonly {name}: {kind};\n");
    }
    let parameters: Vec<_> = item.generics.type_params().map(|of| of.ident.to_string()).collect();
    let parameters =
        if parameters.is_empty() { String::new() } else { format!("<{}>", parameters.join(", ")) };
    let (documentation, name) = (comment(&item.attrs, ""), &item.ident);
    Ok(if parts.is_empty() {
        format!("\n{documentation}export interface {name}{parameters} {{\n{members}}}\n")
    } else {
        let parts = parts.join(" & ");
        format!("\n{documentation}export type {name}{parameters} = {parts} & {{\n{members}}};\n")
    })
}

/// What a type is in JSON.
fn kind(of: &Type) -> Result<String, String> {
    let Type::Path(path) = of else { return Err("a type that is not a path".to_owned()) };
    let Some(last) = path.path.segments.last() else { return Err("an empty path".to_owned()) };
    let mut inner = Vec::new();
    if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments {
        for argument in &arguments.args {
            if let syn::GenericArgument::Type(of) = argument {
                inner.push(kind(of)?);
            }
        }
    }
    let name = last.ident.to_string();
    Ok(match (name.as_str(), &inner[..]) {
        ("String" | "Amount" | "SignedAmount" | "Fee" | "Balance" | "Timestamp" | "Hash", []) => {
            "string".to_owned()
        }
        // An ISO 4217 code.
        ("Currency", []) => "string".to_owned(),
        ("bool", []) => "boolean".to_owned(),
        ("i64" | "u64" | "u32", []) => "number".to_owned(),
        ("Balances", []) => "Readonly<Record<Account, string>>".to_owned(),
        ("Option", [of]) => format!("{of} | null"),
        ("Vec", [of]) => format!("readonly {of}[]"),
        ("BTreeMap", [key, value]) => format!("Readonly<Record<{key}, {value}>>"),
        (_, []) => name,
        _ => return Err(format!("the type {name} is not known")),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_objects_are_what_the_sources_say() {
        let committed = fs::read_to_string(path()).unwrap_or_default();
        write().unwrap();
        let made = fs::read_to_string(path()).unwrap();
        assert!(committed == made, "wasm/ts/objects.ts was out of date and was written anew");
    }

    /// Every text that a function `code` of a file may return.
    fn codes(file: &str) -> BTreeSet<String> {
        let text = fs::read_to_string(super::super::folder().join("..").join(file)).unwrap();
        let (_, rest) = text
            .split_once("pub fn code(&self)")
            .or_else(|| text.split_once("pub const fn code(&self)"))
            .unwrap();
        let (body, _) = rest.split_once("\n    }\n").unwrap();
        body.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_codes_of_errors_are_what_the_sources_say() {
        let text = fs::read_to_string(super::super::folder().join("ts/error.ts")).unwrap();
        let (_, rest) = text.split_once("export type ErrorCode =").unwrap();
        let (union, _) = rest.split_once(';').unwrap();
        let told: BTreeSet<_> = union.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        let files = ["src/words/error.rs", "src/words/refusal.rs", "receipt/src/error.rs"];
        assert_eq!(told, files.into_iter().flat_map(codes).collect());
    }
}
