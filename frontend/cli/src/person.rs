//! The user that runs the command: name and home directory as OpenSSH finds them.

use std::path::PathBuf;

use nix::unistd::{User, geteuid, gethostname, getuid};

use super::error::Failure;

/// The home directory: that of the passwd entry, as ssh has it; `HOME` where there is no entry.
///
/// # Errors
///
/// There is neither.
pub(crate) fn home_directory() -> Result<PathBuf, Failure> {
    match User::from_uid(getuid()) {
        Ok(Some(user)) => Ok(user.dir),
        _ => std::env::home_dir()
            .filter(|home| home.is_absolute())
            .ok_or_else(|| {
                Failure::new(
                    "cannot find your home directory",
                    "you have no passwd entry, and HOME is not an absolute path",
                )
                .and_next("Name the public key file with -f FILE.")
            }),
    }
}

/// What to say where ssh does not work at all, because it takes a part of the home directory for
/// one of its tokens. It expands `~` before `%` and `${}`, so that nobody can escape them.
/// Source: ssh_config(5), TOKENS.
pub(crate) fn home_that_ssh_rejects() -> Option<&'static str> {
    let home = home_directory().ok()?;
    let home = home.to_string_lossy();
    (home.contains('%') || home.contains("${")).then_some(
        "ssh takes % and ${…} in the name of your home directory for tokens of its configuration, \
         and does not work there. Ask the administrator for a home directory without them.",
    )
}

/// `user@host`, as ssh-keygen comments keys.
pub(crate) fn default_comment() -> String {
    let user = match User::from_uid(getuid()) {
        Ok(Some(user)) => user.name,
        _ => getuid().to_string(),
    };
    at_this_host(&user)
}

/// `user@host`.
pub(crate) fn at_this_host(user: &str) -> String {
    match gethostname() {
        Ok(host) => format!("{user}@{}", host.to_string_lossy()),
        Err(_) => user.to_owned(),
    }
}

/// The user that had sudo run the command, as sudo says, if the name is one that other programs
/// take as it is.
pub(crate) fn behind_sudo() -> Option<String> {
    let name = std::env::var("SUDO_USER").ok()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (!name.is_empty() && name.chars().all(is_plain)).then_some(name)
}

/// Whether the command runs as root.
pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}
