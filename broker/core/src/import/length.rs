//! How long a part of a wrapped key is.

use super::NotImportable;

/// # Errors
///
/// The part is empty, or has more bytes than `at_most`.
pub(crate) fn bounded(
    what: &'static str,
    bytes: &[u8],
    at_most: usize,
) -> Result<(), NotImportable> {
    match bytes.len() {
        0 => Err(NotImportable::Empty(what)),
        got if got > at_most => Err(NotImportable::TooLong { what, got, at_most }),
        _ => Ok(()),
    }
}
