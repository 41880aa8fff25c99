//! How files of this crate are read and written: JSON, bounded, without names that are not known.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest file, in bytes: claims of 64 KiB in base64, eight certificates, and room.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAFile {
    /// It is too long.
    #[error("it has more than {MAX_FILE_BYTES} bytes, the most that such a file has")]
    TooLong,
    /// It is of a version that is not known.
    #[error("it is of version {0}, which is not known here; a newer sshtpm may read it")]
    Version(u64),
    /// It is something else; the text says where.
    #[error("it is not the JSON that sshtpm writes: {0}")]
    Form(String),
}

/// The one version that there is of each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub(crate) enum Version {
    One,
}

impl TryFrom<u64> for Version {
    type Error = NotAFile;

    fn try_from(number: u64) -> Result<Self, NotAFile> {
        match number {
            1 => Ok(Self::One),
            other => Err(NotAFile::Version(other)),
        }
    }
}

impl From<Version> for u64 {
    fn from(version: Version) -> Self {
        match version {
            Version::One => 1,
        }
    }
}

pub(crate) fn read<T: DeserializeOwned>(file: &[u8]) -> Result<T, NotAFile> {
    if file.len() > MAX_FILE_BYTES {
        return Err(NotAFile::TooLong);
    }
    let form = |error: serde_json::Error| NotAFile::Form(error.to_string());
    let Versioned { version } = serde_json::from_slice(file).map_err(form)?;
    Version::try_from(version)?;
    serde_json::from_slice(file).map_err(form)
}

/// The text, which ends with a line feed.
pub(crate) fn text(file: &impl Serialize) -> String {
    // Only a map with other keys than texts, or a reader that fails, would be an error.
    let mut text = serde_json::to_string_pretty(file).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}
