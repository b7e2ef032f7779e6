//! The Merkle tree of RFC 6962 over a book's entries. The leaf with the index `i` is of the entry
//! with the sequence number `i + 1`, and is made from that entry's hash in the chain.
//!
//! A maker of proofs says where the roots of whole subtrees come from: `whole(level, place)` is the
//! root over 2^`level` leaves, the first of which is `place` · 2^`level`.

use sha2::{Digest, Sha256};

use crate::Hash;

/// The leaf of an entry.
#[must_use]
pub fn leaf(entry: &Hash) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The node above two others.
#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root over the first `size` leaves.
///
/// # Errors
/// Those of `whole`.
pub fn root<E>(size: u64, whole: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 { Ok(Sha256::digest([]).into()) } else { range(0, size, whole) }
}

/// The path from a leaf to the root over the first `size` leaves: `PATH` in the RFC. `index` is
/// below `size`.
///
/// # Errors
/// Those of `whole`.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    whole: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    let (mut begin, mut length) = (0_u64, size);
    while length > 1 {
        let left = split(length);
        let (middle, right) = (begin.saturating_add(left), length.saturating_sub(left));
        if index < middle {
            path.push(range(middle, right, whole)?);
            length = left;
        } else {
            path.push(range(begin, left, whole)?);
            (begin, length) = (middle, right);
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree over the first `from` leaves grew into that over the first `to`: `PROOF`
/// in the RFC. `from` is at least 1 and at most `to`.
///
/// # Errors
/// Those of `whole`.
pub fn consistency<E>(
    from: u64,
    to: u64,
    whole: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut proof = Vec::new();
    let (mut begin, mut length) = (0_u64, to);
    // The old root itself need not be told, unless it is only a part of the old tree.
    let mut is_old_root = true;
    while from < begin.saturating_add(length) {
        let left = split(length);
        let (middle, right) = (begin.saturating_add(left), length.saturating_sub(left));
        if from <= middle {
            proof.push(range(middle, right, whole)?);
            length = left;
        } else {
            proof.push(range(begin, left, whole)?);
            (begin, length) = (middle, right);
            is_old_root = false;
        }
    }
    if !is_old_root {
        proof.push(range(begin, length, whole)?);
    }
    proof.reverse();
    Ok(proof)
}

/// How many hashes the path of a leaf has. `index` is below `size`.
#[must_use]
pub fn path_length(index: u64, size: u64) -> usize {
    let mut length = 0_usize;
    let (mut index, mut last) = (index, size.saturating_sub(1));
    while last > 0 {
        // The last node of a level moves up as it is where it has no other beside it.
        if index % 2 == 1 || index < last {
            length = length.saturating_add(1);
        }
        index >>= 1;
        last >>= 1;
    }
    length
}

/// The root to which a path leads from a leaf; `None` if the path is not as long as it has to be.
#[must_use]
pub fn root_of_path(index: u64, size: u64, leaf: &Hash, path: &[Hash]) -> Option<Hash> {
    if index >= size || path.len() != path_length(index, size) {
        return None;
    }
    let (mut index, mut last) = (index, size.saturating_sub(1));
    let (mut hash, mut path) = (*leaf, path.iter());
    while last > 0 {
        if index % 2 == 1 {
            hash = node(path.next()?, &hash);
        } else if index < last {
            hash = node(&hash, path.next()?);
        }
        index >>= 1;
        last >>= 1;
    }
    Some(hash)
}

/// Whether a proof shows that the tree with the root `old` over `from` leaves grew into that with
/// the root `new` over `to` leaves.
#[must_use]
pub fn is_consistent(from: u64, to: u64, old: &Hash, new: &Hash, proof: &[Hash]) -> bool {
    if from == 0 || from > to {
        return false;
    }
    if from == to {
        return proof.is_empty() && old == new;
    }
    let (mut index, mut last) = (from.saturating_sub(1), to.saturating_sub(1));
    // Up to where the old tree's last whole subtree begins, both trees are the same.
    while index % 2 == 1 {
        index >>= 1;
        last >>= 1;
    }
    let mut proof = proof.iter();
    let first = if index == 0 { Some(old) } else { proof.next() };
    let Some(first) = first else { return false };
    let (mut old_root, mut new_root) = (*first, *first);
    for hash in proof {
        if last == 0 {
            return false;
        }
        if index % 2 == 1 || index == last {
            old_root = node(hash, &old_root);
            new_root = node(hash, &new_root);
            while index % 2 == 0 && index > 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            new_root = node(&new_root, hash);
        }
        index >>= 1;
        last >>= 1;
    }
    last == 0 && old_root == *old && new_root == *new
}

/// The root over so many leaves, at least one.
fn range<E>(
    begin: u64,
    length: u64,
    whole: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return whole(level, begin >> level);
    }
    let left = split(length);
    let left_root = range(begin, left, whole)?;
    let right_root = range(begin.saturating_add(left), length.saturating_sub(left), whole)?;
    Ok(node(&left_root, &right_root))
}

/// How many of more than one leaf are on the left: the largest power of two below `length`.
const fn split(length: u64) -> u64 {
    length.next_power_of_two() / 2
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The root by the RFC's own definition.
    fn defined(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            more => {
                let (left, right) = more.split_at(split(more.len() as u64) as usize);
                node(&defined(left), &defined(right))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|i| leaf(&Sha256::digest(i.to_be_bytes()).into())).collect()
    }

    fn whole(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> + '_ {
        |level, place| {
            let length = 1_usize << level;
            let begin = place as usize * length;
            Ok(defined(&leaves[begin..begin + length]))
        }
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven_and_no_other_is() {
        let leaves = leaves(70);
        for size in 0..=leaves.len() {
            let leaves = &leaves[..size];
            let Ok(root) = root(size as u64, &mut whole(leaves));
            assert_eq!(root, defined(leaves));
            for (index, leaf) in leaves.iter().enumerate() {
                let (index, size) = (index as u64, size as u64);
                let Ok(path) = inclusion(index, size, &mut whole(leaves));
                assert_eq!(path.len(), path_length(index, size), "{index} of {size}");
                let reached = |index, leaf, path: &[Hash]| root_of_path(index, size, leaf, path);
                assert_eq!(reached(index, leaf, &path), Some(root));
                assert_ne!(reached(index, &[7; 32], &path), Some(root));
                assert_eq!(reached(size, leaf, &path), None);
                for other in (0..size).filter(|other| *other != index) {
                    assert_ne!(reached(other, leaf, &path), Some(root), "{other} for {index}");
                }
                for at in 0..path.len() {
                    let mut altered = path.clone();
                    altered[at][31] ^= 1;
                    assert_ne!(reached(index, leaf, &altered), Some(root));
                }
                let longer = [&path[..], &[[0; 32]]].concat();
                assert_eq!(reached(index, leaf, &longer), None);
            }
        }
    }

    #[test]
    fn every_tree_is_consistent_with_what_it_grew_into_and_with_nothing_else() {
        let all = leaves(70);
        for to in 1..=all.len() {
            let new = defined(&all[..to]);
            for from in 1..=to {
                let old = defined(&all[..from]);
                let (m, n) = (from as u64, to as u64);
                let Ok(proof) = consistency(m, n, &mut whole(&all[..to]));
                assert!(is_consistent(m, n, &old, &new, &proof), "{from} to {to}");
                assert!(!is_consistent(m, n, &[7; 32], &new, &proof));
                assert!(!is_consistent(m, n, &old, &[7; 32], &proof));
                assert!(!is_consistent(n + 1, n, &old, &new, &proof));
                let longer = [&proof[..], &[[0; 32]]].concat();
                assert!(!is_consistent(m, n, &old, &new, &longer), "{from} to {to}");
                for at in 0..proof.len() {
                    let mut altered = proof.clone();
                    altered[at][0] ^= 1;
                    assert!(!is_consistent(m, n, &old, &new, &altered), "{from} to {to}");
                    assert!(!is_consistent(m, n, &old, &new, &proof[..at]), "{from} to {to}");
                }
            }
        }
    }

    #[test]
    fn the_roots_are_those_of_the_transparency_log() {
        // The leaves of the reference implementation's test, hashed as it hashes them.
        let inputs: [&[u8]; 3] = [&[], &[0], &[0x10]];
        let leaves = inputs.map(|input| {
            Hash::from(Sha256::new().chain_update([0]).chain_update(input).finalize())
        });
        let Ok(root) = root(3, &mut whole(&leaves));
        let hex: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
    }
}
