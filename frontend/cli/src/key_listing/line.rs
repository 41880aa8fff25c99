//! A key as a line, as other programs take it.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::text::printable;

/// The line for `authorized_keys`; a comment in it cannot end the line.
pub(crate) fn authorized_keys_line(key: &KeyInfo) -> String {
    let line = format!("{} {}", printable(&key.public_key), printable(&key.comment));
    line.trim_end().to_owned()
}

/// The key as git's setting `user.signingkey` takes it. Source: git-config(1).
pub(crate) fn git_key(key: &KeyInfo) -> String {
    format!("key::{}", printable(&key.public_key))
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::super::example_key;
    use super::authorized_keys_line;

    #[test]
    fn a_key_without_a_comment_leaves_no_space_at_the_end_of_the_line() {
        let key = KeyInfo {
            comment: String::new(),
            ..example_key()
        };
        assert_eq!(authorized_keys_line(&key), key.public_key);
    }
}
