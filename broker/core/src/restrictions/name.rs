//! Names that a key's restrictions and its users' programs give: what is one, and how long it may
//! be.

use sshtpm_ssh::limits::MAX_NAME_BYTES;

/// Whether it can name a host, a user or a namespace: 1 to [`MAX_NAME_BYTES`] bytes, and no control
/// characters.
pub(super) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}
