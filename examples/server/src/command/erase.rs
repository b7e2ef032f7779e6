//! `erase`: removes the personal text of a refund or transfer for ever.

use clap::Args;
use refundry::{Access, Error};
use serde_json::json;

use super::{Failure, Object, book, print};

#[derive(Args)]
pub(super) struct Erase {
    #[command(flatten)]
    object: Object,
}

impl Erase {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Object { merchant, id, database, output } = self.object;
        let erased = database.with(Access::Open, |ledger| {
            book(ledger, &merchant)?.erase_text(&id).map_err(|error| match error {
                Error::ResourceMissing { .. } => Failure::refused(format!(
                    "{merchant} has no refund or transfer {id:?}; nothing was changed; check the id"
                )),
                other => other.into(),
            })
        })?;
        print::value(&output, &json!({ "id": id, "erased": erased }))
    }
}
