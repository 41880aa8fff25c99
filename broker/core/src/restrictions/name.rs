//! Names that a key's restrictions and its users' programs give: what is one, and how long it may
//! be.

use sshtpm_ssh::limits::MAX_NAME_BYTES;

/// Whether it can name a host, a user or a namespace: 1 to [`MAX_NAME_BYTES`] bytes, and no control
/// characters.
pub(super) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Whether it names the user of a login, or is a pattern for one. OpenSSH's sshd logs
/// in as what is before the first `:` (the rest is a style of authentication), and as Debian and
/// Fedora patch it, as what is before the first `/` (the rest is a role of SELinux).
pub(super) fn is_user(text: &str) -> bool {
    is_name(text) && !text.contains([':', '/'])
}

#[cfg(test)]
mod tests {
    use super::is_user;

    #[test]
    fn what_a_server_would_cut_names_no_user() {
        for user in [
            "git",
            "*-web",
            "CORP\\alice",
            "alice@example.com",
            "j\u{f6}rg",
        ] {
            assert!(is_user(user), "{user}");
        }
        for user in ["root:x-web", "root/x-web", ":", "/", "a\nb", "a\u{7f}", ""] {
            assert!(!is_user(user), "{user:?}");
        }
    }
}
