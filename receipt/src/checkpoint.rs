//! Checkpoints: where a book stood, as one text that can be published and signed.

use base64ct::{Base64, Encoding};

use crate::{
    Hash,
    error::{Error, Result},
    hex,
};

/// Before the merchant's id in a checkpoint's first line.
const ORIGIN: &str = "refundry/";

/// Where a book stood: how many entries it had, and what they were.
///
/// Its text is a C2SP `tlog-checkpoint`. Two checkpoints of one book can be shown to be
/// [consistent](crate::Consistency).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    merchant_id: String,
    size: u64,
    root: Hash,
    last: Hash,
}

const fn invalid(problem: &'static str) -> Error {
    Error::CheckpointInvalid { what: "checkpoint", problem }
}

impl Checkpoint {
    /// The checkpoint of a merchant's book with so many entries: the root over them, and the hash of
    /// the last of them in the chain. Of an empty book, that is the genesis hash.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`] for a merchant's id with other characters than letters, digits,
    /// `_` and `-`.
    pub fn new(merchant_id: &str, size: u64, root: Hash, last: Hash) -> Result<Self> {
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if merchant_id.is_empty() || !merchant_id.bytes().all(is_id) {
            return Err(invalid("the merchant's id has characters that no id has"));
        }
        Ok(Self { merchant_id: merchant_id.to_owned(), size, root, last })
    }

    /// The id of the merchant whose book it is.
    #[must_use]
    pub fn merchant_id(&self) -> &str {
        &self.merchant_id
    }

    /// How many entries the book had.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the Merkle tree over the entries.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// The hash of the last entry in the chain.
    #[must_use]
    pub const fn last(&self) -> &Hash {
        &self.last
    }

    /// The text, which is also what is signed. Its lines are the origin, the number of entries, the
    /// root, and the head of the chain.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { merchant_id, size, root, last } = self;
        let (root, last) = (Base64::encode_string(root), hex::encode(last));
        format!("{ORIGIN}{merchant_id}\n{size}\n{root}\n{size}:{last}\n")
    }

    /// Reads what [`Checkpoint::text`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        let mut line = || lines.next().ok_or(invalid("it has too few lines"));
        let merchant_id =
            line()?.strip_prefix(ORIGIN).ok_or(invalid("the first line names no book"))?;
        let size: u64 = line()?.parse().map_err(|_| invalid("the second line is no number"))?;
        let mut root = [0; 32];
        let read = Base64::decode(line()?, &mut root).map_or(0, <[u8]>::len);
        if read != root.len() {
            return Err(invalid("the third line is no hash"));
        }
        let last = line()?.split_once(':').and_then(|(_, digits)| hex::hash(digits));
        let last = last.ok_or(invalid("the fourth line is no head"))?;
        let checkpoint = Self::new(merchant_id, size, root, last)?;
        // One checkpoint has one text, because the text is what is signed.
        if checkpoint.text() == text {
            Ok(checkpoint)
        } else {
            Err(invalid("its lines are not as a checkpoint has them"))
        }
    }
}
