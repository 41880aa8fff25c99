//! The extension `query`: which extensions are known.
//!
//! Specs: RFC 9987, "Query Extension".

use super::extension;
use super::reply::Reply;
use sshtpm_ssh::wire::Reader;

/// Name of the extension.
pub(super) const NAME: &str = "query";

/// Answers `content`, which is empty.
pub(super) fn answer(content: &[u8]) -> Reply {
    match Reader::new(content).end() {
        Ok(()) => Reply::Extensions(extension::NAMES),
        Err(_) => Reply::ExtensionFailure,
    }
}
