//! Whether something happens often: in most of the last groups.

/// Grows by two with each time that it happens, and shrinks by one with each group that is kept.
#[derive(Default)]
pub(crate) struct Often(u8);

impl Often {
    /// How far it is counted: so many groups later it is forgotten.
    const MOST: u8 = 8;

    /// It happened in a group.
    pub(crate) fn happened(&mut self) {
        self.0 = self.0.saturating_add(2).min(Self::MOST);
    }

    /// A group was kept.
    pub(crate) const fn group_ended(&mut self) {
        self.0 = self.0.saturating_sub(1);
    }

    pub(crate) const fn is(&self) -> bool {
        self.0 >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_in_most_groups_is_often_and_is_forgotten() {
        let often_after = |groups: &[bool]| {
            let mut often = Often::default();
            for happens in groups {
                if *happens {
                    often.happened();
                }
                often.group_ended();
            }
            often.is()
        };
        assert!(!often_after(&[true]));
        assert!(often_after(&[true, true]));
        assert!(!often_after(&[true, false].repeat(20)));
        assert!(often_after(&[true, true, false].repeat(20)));
        let mut groups = vec![true; 100];
        groups.extend([false; 6]);
        assert!(!often_after(&groups));
    }
}
