//! The Merkle tree over a book's entries: which nodes are kept, and how the others are made.
//!
//! A node of height `h` is the root over 64^h leaves. Those from height 1 on are kept, so that a proof
//! reads at most 64 rows of each height. They are kept when somebody asks for it, never by a refund.
//! They are a cache: what is missing is made from the entries.

use refundry_receipt::tree;
use rusqlite::{Connection, OptionalExtension, params};

use super::number;
use crate::words::error::{Error, Result};

type Node = [u8; 32];

/// The binary levels from one height to the next: 64 is 2^6.
const STEP: u32 = 6;

/// How many nodes of the height below a node is over.
pub(super) const WIDTH: i64 = 1 << STEP;

/// The tree of one book.
#[derive(Clone, Copy)]
pub(crate) struct Tree<'a> {
    conn: &'a Connection,
    merchant: i64,
}

impl<'a> Tree<'a> {
    pub(crate) const fn of(conn: &'a Connection, merchant: i64) -> Self {
        Self { conn, merchant }
    }

    /// The root over 2^`level` leaves, of which the first is `place` · 2^`level`.
    pub(crate) fn whole(&self, level: u32, place: u64) -> Result<Node> {
        let (height, above) = (level / STEP, level % STEP);
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        Ok(fold(self.nodes(height, place << above, 1 << above)?))
    }

    /// So many nodes of one height, from a place on.
    pub(super) fn nodes(&self, height: u32, first: i64, count: i64) -> Result<Vec<Node>> {
        let found =
            if height == 0 { self.leaves(first, count)? } else { self.kept(height, first, count)? };
        // A height with a gap is rare: somebody deleted a part of the cache.
        if found.len() == usize::try_from(count).unwrap_or(usize::MAX) {
            return Ok(found);
        }
        if height == 0 {
            return Err(Error::corrupt("an entry that is missing"));
        }
        let places = first..first.saturating_add(count);
        places.map(|place| self.node(height, place)).collect()
    }

    /// One node, made from those below unless it is kept.
    fn node(&self, height: u32, place: i64) -> Result<Node> {
        if let [node] = self.kept(height, place, 1)?[..] {
            return Ok(node);
        }
        self.made(height, place)
    }

    /// One node, made from those below.
    pub(super) fn made(&self, height: u32, place: i64) -> Result<Node> {
        let below = self.nodes(height.saturating_sub(1), place.saturating_mul(WIDTH), WIDTH)?;
        Ok(fold(below))
    }

    fn leaves(&self, first: i64, count: i64) -> Result<Vec<Node>> {
        let key = |index: i64| number::key(self.merchant, index.saturating_add(1));
        self.conn
            .prepare_cached(
                "SELECT hash FROM entries WHERE entry >= ?1 AND entry < ?2 ORDER BY entry",
            )?
            .query_map([key(first), key(first.saturating_add(count))], |row| row.get(0))?
            .map(|hash| Ok(tree::leaf(&hash?)))
            .collect()
    }

    fn kept(&self, height: u32, first: i64, count: i64) -> Result<Vec<Node>> {
        self.conn
            .prepare_cached(
                "SELECT hash FROM tree WHERE merchant = ?1 AND level = ?2
                 AND place >= ?3 AND place < ?4 ORDER BY place",
            )?
            .query_map(params![self.merchant, height, first, first.saturating_add(count)], |row| {
                row.get(0)
            })?
            .map(|hash| Ok(hash?))
            .collect()
    }

    /// Keeps at most so many more nodes over the first `size` leaves, the lower ones first. Returns
    /// whether all are kept.
    pub(crate) fn extend(&self, size: i64, most: usize) -> Result<bool> {
        let (mut left, mut height, mut whole) = (most, 1_u32, size / WIDTH);
        while whole > 0 {
            for place in self.end(height)?..whole {
                if left == 0 {
                    return Ok(false);
                }
                let hash = self.made(height, place)?;
                self.conn
                    .prepare_cached(
                        "INSERT INTO tree (merchant, level, place, hash) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![self.merchant, height, place, hash])?;
                left = left.saturating_sub(1);
            }
            height = height.saturating_add(1);
            whole /= WIDTH;
        }
        Ok(true)
    }

    /// Whether all nodes over the first `size` leaves are kept.
    pub(crate) fn is_extended(&self, size: i64) -> Result<bool> {
        let (mut height, mut whole) = (1, size / WIDTH);
        while whole > 0 {
            if self.end(height)? < whole {
                return Ok(false);
            }
            (height, whole) = (height.saturating_add(1), whole / WIDTH);
        }
        Ok(true)
    }

    /// The place after the last node that is kept of a height.
    fn end(&self, height: u32) -> Result<i64> {
        let last: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT place FROM tree WHERE merchant = ?1 AND level = ?2
                 ORDER BY place DESC LIMIT 1",
            )?
            .query_row(params![self.merchant, height], |row| row.get(0))
            .optional()?;
        Ok(last.map_or(0, |last| last.saturating_add(1)))
    }
}

/// The root over as many nodes as a power of two.
fn fold(mut nodes: Vec<Node>) -> Node {
    while nodes.len() > 1 {
        nodes = nodes.chunks(2).map(|pair| tree::node(&pair[0], &pair[1])).collect();
    }
    nodes.pop().unwrap_or_default()
}
