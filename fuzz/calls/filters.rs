//! Bytes as filters of lists.

use std::ptr;

use super::{Caller, arguments::Newer};
use crate::filter::*;

impl Caller<'_> {
    pub(super) fn refund_filter(&mut self) -> Newer<refundry_refund_filter> {
        Newer::of(refundry_refund_filter {
            struct_size: self.size(size_of::<refundry_refund_filter>()),
            status: i32::from(self.byte() % 4),
            charge_id: self.text(),
            payment_intent_id: self.text(),
            external_reference: self.text(),
            from: self.int(),
            to: self.int(),
            metadata: ptr::null(),
            metadata_count: 0,
        })
    }

    pub(super) fn charge_filter(&mut self) -> Newer<refundry_charge_filter> {
        Newer::of(refundry_charge_filter {
            struct_size: self.size(size_of::<refundry_charge_filter>()),
            status: i32::from(self.byte() % 6),
            payment_intent_id: self.text(),
            external_reference: self.text(),
            from: self.int(),
            to: self.int(),
            metadata: ptr::null(),
            metadata_count: 0,
        })
    }

    pub(super) fn transfer_filter(&mut self) -> Newer<refundry_transfer_filter> {
        Newer::of(refundry_transfer_filter {
            struct_size: self.size(size_of::<refundry_transfer_filter>()),
            kind: i32::from(self.byte() % 6),
            payout_status: i32::from(self.byte() % 6),
            from: self.int(),
            to: self.int(),
        })
    }

    pub(super) fn statement_filter(&mut self) -> Newer<refundry_statement_filter> {
        Newer::of(refundry_statement_filter {
            struct_size: self.size(size_of::<refundry_statement_filter>()),
            line_type: i32::from(self.byte() % 9),
            from: self.int(),
            to: self.int(),
        })
    }
}
