//! The order of a module's functions. It decides how well the module is compressed: gzip finds what was there before
//! within 32 KiB alone.

#![expect(clippy::arithmetic_side_effects, reason = "lengths and counts of what is in memory")]

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    fs,
    path::Path,
};

use super::section::{CODE, CUSTOM, IMPORTS, bodies, counted, imported, number, of_kind, sections};

/// So many bytes that are the same in two functions make them alike.
const PIECE: usize = 5;

/// What stands in so many functions makes none alike.
const COMMON: usize = 20;

/// A little less than gzip looks back: what is between the functions counts too.
const WINDOW: usize = 30_000;

/// Copies a module without names, and names its functions so that those which are alike follow each other by name.
///
/// # Errors
/// What to say if it can't be read or written.
pub(crate) fn name(from: &Path, to: &Path) -> Result<(), String> {
    let module = fs::read(from).map_err(|error| format!("{}: {error}", from.display()))?;
    let named = named(&module).ok_or_else(|| format!("{}: not such a module", from.display()))?;
    fs::write(to, named).map_err(|error| format!("{}: {error}", to.display()))
}

fn named(module: &[u8]) -> Option<Vec<u8>> {
    let (imported, bodies) = functions(module)?;
    let mut names = vec![String::new(); bodies.len()];
    for (place, function) in by_likeness(&bodies).into_iter().enumerate() {
        names[function] = format!("{place:05}");
    }
    let mut list = number(names.len());
    for (function, name) in names.iter().enumerate() {
        list.extend([number(imported + function), counted(name.as_bytes())].concat());
    }
    // A section of its own, and in it the names of functions.
    let section = [b"\x04name\x01", &counted(&list)[..]].concat();
    Some([module, &[CUSTOM], &counted(&section)].concat())
}

/// How many functions a module imports, and the code of its own.
fn functions(module: &[u8]) -> Option<(usize, Vec<&[u8]>)> {
    let parts = sections(module)?;
    let imported = of_kind(&parts, IMPORTS).map_or(Some(0), |part| Some(imported(part)?.len()))?;
    Some((imported, bodies(of_kind(&parts, CODE)?)?))
}

/// The functions, each after those that have the most in common with it.
fn by_likeness(bodies: &[&[u8]]) -> Vec<usize> {
    let pieces: Vec<BTreeSet<&[u8]>> =
        bodies.iter().map(|body| body.windows(PIECE).collect()).collect();
    let mut owners: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (function, pieces) in pieces.iter().enumerate() {
        for piece in pieces {
            owners.entry(piece).or_default().push(function);
        }
    }
    owners.retain(|_, functions| (2..COMMON).contains(&functions.len()));
    // A long function has something in common with every other.
    #[expect(clippy::cast_precision_loss, reason = "lengths of functions")]
    let weights: Vec<f64> =
        bodies.iter().map(|body| ((body.len() + 20) as f64).powf(-0.65)).collect();

    let mut common = vec![0_i32; bodies.len()];
    let count = |function: usize, one: i32, common: &mut [i32]| {
        for owners in pieces[function].iter().filter_map(|piece| owners.get(piece)) {
            owners.iter().for_each(|&owner| common[owner] += one);
        }
    };
    let mut left: BTreeSet<usize> = (0..bodies.len()).collect();
    let (mut order, mut near, mut size) = (Vec::new(), VecDeque::new(), 0);
    let value = |function: usize, common: &[i32]| f64::from(common[function]) * weights[function];
    // Where nothing is alike, the next one in the module's own order begins anew.
    while let Some(next) = left
        .iter()
        .copied()
        .rev()
        .max_by(|&one, &other| value(one, &common).total_cmp(&value(other, &common)))
    {
        left.remove(&next);
        order.push(next);
        near.push_back(next);
        count(next, 1, &mut common);
        size += bodies[next].len();
        while size > WINDOW && near.len() > 1 {
            let Some(far) = near.pop_front() else { break };
            count(far, -1, &mut common);
            size -= bodies[far].len();
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that imports one function and has these.
    fn module(bodies: &[&[u8]]) -> Vec<u8> {
        let bodies: Vec<u8> = bodies.iter().flat_map(|body| counted(body)).collect();
        let (imports, code) = (b"\x01\x01a\x01b\0\0", [&[3][..], &bodies].concat());
        let head = &b"\0asm\x01\0\0\0"[..];
        [head, &[IMPORTS], &counted(imports), &[CODE], &counted(&code)].concat()
    }

    #[test]
    fn functions_that_are_alike_follow_each_other() {
        let (one, other, alike) = ([1; 200], *b"0123456789", *b"23456789ab");
        let bodies: [&[u8]; 3] = [&other, &one, &alike];
        assert_eq!(by_likeness(&bodies), [0, 2, 1]);
        let module = module(&bodies);
        assert_eq!(functions(&module), Some((1, bodies.to_vec())));
        let names = b"\x01\x16\x03\x01\x0500000\x02\x0500002\x03\x0500001";
        assert!(named(&module).unwrap().ends_with(names));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert_eq!(functions(b"\0asm\x01\0\0\0\x0a\x05\x01"), None);
    }
}
