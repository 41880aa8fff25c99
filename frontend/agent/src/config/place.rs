//! Where the file is, and how long it may be.
//!
//! Spec: XDG Base Directory Specification.

use std::path::PathBuf;

use super::surroundings::Surroundings;

/// Longest file, in bytes: far more than sixteen agents with sixty-four keys each take.
pub(super) const MAX_BYTES: u64 = 256 * 1024;

/// The directory of the file, below `XDG_CONFIG_HOME`.
const DIRECTORY: &str = "sshtpm";

/// The name of the file.
const FILE: &str = "agent.toml";

/// Where the file is; `None` if the environment has no place for it.
pub(super) fn path(surroundings: Surroundings) -> Option<PathBuf> {
    let absolute = |name| {
        let path = surroundings.variable(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let directory = absolute("XDG_CONFIG_HOME");
    let directory = directory.or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(directory.join(DIRECTORY).join(FILE))
}
