//! The secret key that signs receipts and checkpoints, in a file of its own.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use refundry_receipt::SigningKey;

/// Reads a key. What stands in the file is never repeated.
pub(crate) fn read(path: &Path) -> io::Result<SigningKey> {
    let text = fs::read_to_string(path)?;
    SigningKey::parse(text.trim_end()).map_err(io::Error::other)
}

/// Makes a key with this name, and writes it to a new file that nobody else may read.
pub(crate) fn create(path: &Path, name: &str) -> io::Result<SigningKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    let key = SigningKey::from_seed(name, &seed).map_err(io::Error::other)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    let written = writeln!(file, "{}", key.secret()).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a key would be in the way of the next one.
        let _ = fs::remove_file(path);
        return Err(error);
    }
    Ok(key)
}
