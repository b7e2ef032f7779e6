//! `erase`: removes the personal text of a refund or transfer for ever.

use clap::Args;
use refundry::{Access, Book, Error};
use serde_json::json;

use super::{Failure, Object, print};

#[derive(Args)]
pub(super) struct Erase {
    #[command(flatten)]
    object: Object,
}

impl Erase {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Object { merchant, id, books, output } = self.object;
        let of = id.clone();
        let erase = move |book: &mut Book<'_>| book.erase_text(&of);
        let erased = books.book(&merchant, Access::Open, erase, |error| match error {
            Error::ResourceMissing { .. } => Failure::refused(format!(
                "{merchant} has no refund or transfer {id:?}; nothing was changed; check the id"
            )),
            other => other.into(),
        })?;
        print::value(&output, &json!({ "id": id, "erased": erased }))
    }
}
