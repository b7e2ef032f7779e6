//! Personal text: descriptions and metadata, kept apart from the rows that they belong to.

use std::collections::BTreeMap;

use rusqlite::named_params;

use crate::{
    book::BookTx,
    chain::{Hash, text_hash},
    error::{Error, Result},
    id,
};

/// Reads metadata as the file keeps it.
pub(crate) fn metadata_from(text: Option<&str>) -> Result<BTreeMap<String, String>> {
    text.map_or_else(
        || Ok(BTreeMap::new()),
        |text| {
            serde_json::from_str(text).map_err(|_| Error::corrupt("metadata that can't be read"))
        },
    )
}

impl BookTx<'_> {
    /// Keeps personal text apart from the row that it belongs to, and returns the hash that stands
    /// for it there. Draws sixteen bytes if there is any.
    pub(crate) fn keep_texts(
        &mut self,
        seq: i64,
        description: Option<&str>,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Option<Hash>> {
        if description.is_none() && metadata.is_empty() {
            return Ok(None);
        }
        let salt = id::draw::<16>(self.random)?;
        let json = if metadata.is_empty() { None } else { serde_json::to_string(metadata).ok() };
        self.tx
            .prepare_cached(
                "INSERT INTO texts (merchant, seq, salt, description, metadata)
                 VALUES (:merchant, :seq, :salt, :description, :metadata)",
            )?
            .execute(named_params! {
                ":merchant": self.merchant,
                ":seq": seq,
                ":salt": salt,
                ":description": description,
                ":metadata": json,
            })?;
        Ok(Some(text_hash(salt, description, metadata)))
    }
}
