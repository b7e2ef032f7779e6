//! Calls about hand-overs.

use std::ptr;

use super::{Caller, arguments::Newer};
use crate::{filter::*, handover::*};

impl Caller<'_> {
    pub(super) fn handover(&mut self) {
        let (book, key, text, other) = (self.book(), self.key(), self.text(), self.text());
        let mut handover = ptr::null();
        let status = unsafe {
            match self.byte() % 8 {
                0 | 1 => refundry_charge_take_over(book, text, &mut handover),
                2 | 3 => refundry_handover_refuse(book, text, &mut handover),
                4 => refundry_handover_get(book, text, &mut handover),
                5 => {
                    let limit = u32::from(self.byte());
                    let filter = Newer::of(refundry_handover_filter {
                        struct_size: self.size(size_of::<refundry_handover_filter>()),
                        direction: i32::from(self.byte() % 4),
                        charge_id: other,
                    });
                    let mut list = ptr::null();
                    let status = refundry_handovers(book, filter.as_ptr(), limit, text, &mut list);
                    return self.listed(status, list);
                }
                _ => refundry_charge_hand_over(book, text, other, key, &mut handover),
            }
        };
        // The text, if there is one, is what a later call takes over.
        let given = unsafe { handover.as_ref() };
        let id = given
            .map_or(ptr::null(), |given| if given.text.is_null() { given.id } else { given.text });
        self.got(status, handover, id);
    }
}
