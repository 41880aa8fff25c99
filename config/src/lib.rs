//! Reads configuration files in TOML into types that cannot be wrong.
//!
//! Purpose: the files of the broker and of the agent are read under one set of rules, and a mistake
//! in either is named by file, line and key. May touch: the file, for reading. Must never return a
//! part of a file: an unknown key or a bad value is an error, provided that the type of the caller
//! has `deny_unknown_fields`.
//!
//! Spec: TOML 1.0.

mod error;
mod file;

use std::path::Path;

use serde::de::DeserializeOwned;

pub use error::ConfigError;

/// What `path` says, in at most `most` bytes; `None` if there is no such file.
///
/// # Errors
///
/// The file cannot be read, is too long, can be written by users other than root and ourselves, or
/// has an unknown key or an impossible value.
pub fn read<T: DeserializeOwned>(path: &Path, most: u64) -> Result<Option<T>, ConfigError> {
    let Some(text) = file::read(path, most)? else {
        return Ok(None);
    };
    let parsed = toml::from_str(&text);
    parsed
        .map(Some)
        .map_err(|mistake| ConfigError::mistake(path, &text, &mistake))
}

#[cfg(test)]
mod tests;
