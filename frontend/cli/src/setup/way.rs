//! What one way of pointing ssh to the agent comes to.

use std::path::PathBuf;

use super::user_file::UserFile;
use crate::error::Failure;

/// What a way has to say.
#[derive(Debug)]
pub(crate) enum Way {
    /// ssh asks ours already: how.
    Done(String),
    /// Something is there that is not ours to change.
    Left(Failure),
    /// These lines would do it, in this file.
    Lines {
        /// The file as the user knows it.
        name: PathBuf,
        /// The same, looked at.
        file: UserFile,
        /// The lines.
        lines: String,
    },
}
