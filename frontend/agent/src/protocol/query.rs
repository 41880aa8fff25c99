//! The extension `query`: which extensions are known.
//!
//! Specs: RFC 9987, "Query Extension".

use super::extension;
use super::fields::Fields;
use super::reply::Reply;

/// Name of the extension.
pub(super) const NAME: &str = "query";

/// Answers `content`, which is empty.
pub(super) fn answer(content: &[u8]) -> Reply {
    match Fields::new(content).end() {
        Ok(()) => Reply::Extensions(extension::NAMES),
        Err(_) => Reply::ExtensionFailure,
    }
}
