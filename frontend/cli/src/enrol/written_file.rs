//! The files of an enrolment, as they are written.
//!
//! May touch: the file that it is given.

use std::path::Path;

use crate::atomic_file::{self, Existing};
use crate::error::Failure;

/// Permission bits of what goes to others.
pub(super) const FOR_OTHERS: u32 = 0o644;

/// Permission bits of what the verifier keeps: the content is no secret, and nobody else writes it.
pub(super) const OWN: u32 = 0o600;

/// Writes `text` to `path`, in the place of what was there.
///
/// # Errors
///
/// It cannot be written.
pub(super) fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let written = atomic_file::write(path, text.as_bytes(), mode, Existing::Replace);
    written.map_err(|error| Failure::new(format!("cannot write {}", path.display()), error))
}
