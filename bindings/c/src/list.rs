//! Lists of objects.

use refundry::List;

use crate::memory::{Give, Memory};

/// A list. Its objects belong to it.
#[repr(C)]
pub struct refundry_list<T> {
    /// The objects; `NULL` if there are none.
    pub data: *const *const T,
    /// How many.
    pub count: usize,
    /// Whether there are more after these.
    pub has_more: i32,
}

impl<V: Give> Give for List<V> {
    type Object = refundry_list<V::Object>;

    fn give(&self, memory: &Memory<'_>) -> Self::Object {
        let (data, count) = memory.objects(self.data.iter());
        refundry_list { data, count, has_more: self.has_more.into() }
    }
}

/// A list that is always whole.
impl<V: Give> Give for Vec<V> {
    type Object = refundry_list<V::Object>;

    fn give(&self, memory: &Memory<'_>) -> Self::Object {
        let (data, count) = memory.objects(self.iter());
        refundry_list { data, count, has_more: 0 }
    }
}
