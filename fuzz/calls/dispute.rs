//! Calls about disputes.

use std::ptr;

use super::{Caller, arguments::Newer};
use crate::{dispute::*, filter::*};

impl Caller<'_> {
    pub(super) fn dispute(&mut self) {
        let new = Newer::of(refundry_new_dispute {
            struct_size: self.size(size_of::<refundry_new_dispute>()),
            reason: i32::from(self.byte() % 10) - 1,
            id: self.text(),
            charge_id: self.text(),
            fee: if self.byte() < 128 { 0 } else { self.int() },
            network_reference: self.text(),
        });
        let (book, key, amount, id) = (self.book(), self.key(), self.int(), self.text());
        let fee = i32::from(self.byte() % 4) - 1;
        let mut dispute = ptr::null();
        let status = unsafe {
            match self.byte() % 8 {
                0 | 1 => refundry_dispute_win(book, id, fee, key, &mut dispute),
                2 | 3 => refundry_dispute_lose(book, id, key, &mut dispute),
                4 => refundry_dispute_get(book, id, &mut dispute),
                5 => {
                    let limit = amount as u32;
                    let filter = Newer::of(refundry_dispute_filter {
                        struct_size: self.size(size_of::<refundry_dispute_filter>()),
                        status: i32::from(self.byte() % 5),
                        charge_id: self.text(),
                    });
                    let mut list = ptr::null();
                    let status = refundry_disputes(book, filter.as_ptr(), limit, id, &mut list);
                    return self.listed(status, list);
                }
                _ => refundry_dispute_open(book, new.as_ptr(), amount, key, &mut dispute),
            }
        };
        let id = unsafe { dispute.as_ref() }.map_or(ptr::null(), |dispute| dispute.id);
        self.got(status, dispute, id);
    }
}
