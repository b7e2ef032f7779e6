//! A tally: whether two lots of rows are the same, in whatever order each is read.

use std::hash::{BuildHasher, Hash, RandomState};

/// The rows that should be there less those that are: how many, and the sum of their hashes. The
/// hashes are drawn anew for each tally, so that no rows can be made whose sum is that of others.
/// It takes the place of looking up each row, and of sorting them.
#[derive(Default)]
pub(super) struct Tally {
    hasher: RandomState,
    rows: i64,
    sum: u64,
}

impl Tally {
    /// Notes a row that should be there.
    pub(super) fn expect(&mut self, row: impl Hash) {
        self.rows = self.rows.wrapping_add(1);
        self.sum = self.sum.wrapping_add(self.hasher.hash_one(row));
    }

    /// Strikes out a row that is there.
    pub(super) fn strike(&mut self, row: impl Hash) {
        self.rows = self.rows.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(self.hasher.hash_one(row));
    }

    /// Whether the rows that should be there are those that are.
    pub(super) const fn is_even(&self) -> bool {
        self.rows == 0 && self.sum == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_in_any_order() {
        let even = |expected: &[(i64, &str)], found: &[(i64, &str)]| {
            let mut tally = Tally::default();
            expected.iter().for_each(|row| tally.expect(row));
            found.iter().for_each(|row| tally.strike(row));
            tally.is_even()
        };
        let rows = [(1, "a"), (2, "b"), (2, "b")];
        assert!(even(&[], &[]));
        assert!(even(&rows, &[(2, "b"), (1, "a"), (2, "b")]));
        assert!(!even(&rows, &rows[..2]));
        assert!(!even(&rows, &[(1, "b"), (2, "a"), (2, "b")]));
        assert!(!even(&rows, &[(1, "a"), (1, "a"), (2, "b")]));
    }
}
