//! Which host keys of sshd are lost, and what to do about that; for root.
//!
//! May touch: the names of the files that `host-keys enable` put away.

use std::path::{Path, PathBuf};

use sshtpm_dbus::{HOST_USER, KeyInfo};
use sshtpm_ssh::text::printable;

use crate::error::Failure;
use crate::host_keys::{CONFIG_DIR, copies};
use crate::key_listing::type_label;
use crate::key_selector::describe;
use crate::key_state::is_lost;
use crate::session::Session;
use crate::shell_word::shell_word;

/// What is lost of sshd's host keys.
#[derive(Debug)]
pub(super) struct LostHostKeys {
    pub(super) keys: Vec<KeyInfo>,
    /// Files of earlier host keys that were put away.
    copies: Vec<PathBuf>,
}

impl LostHostKeys {
    /// Asks the broker.
    ///
    /// # Errors
    ///
    /// It refuses, or cannot be reached.
    pub(super) async fn of(session: &Session) -> Result<Self, Failure> {
        let mut keys = session.list(Some(HOST_USER)).await?;
        keys.retain(is_lost);
        let copies = copies(Path::new(CONFIG_DIR));
        Ok(Self { keys, copies })
    }

    /// The lines about them; none if none is lost.
    pub(super) fn text(&self) -> Vec<String> {
        if self.keys.is_empty() {
            return Vec::new();
        }
        let mut lines = vec!["Host keys of sshd that are lost:".to_owned()];
        lines.extend(self.keys.iter().map(|key| {
            let kind = type_label(&key.algorithm, key.bits);
            let kept = if key.backed_up { ", backed up" } else { "" };
            format!("  {} ({kind}{kept})", describe(key))
        }));
        lines.extend(self.same_keys_again());
        lines.extend(NEW_ONES.map(str::to_owned));
        lines
    }

    /// What brings the keys back that clients know, if there may be a file.
    fn same_keys_again(&self) -> Vec<String> {
        let files: Vec<String> = self.copies.iter().map(shell_word).collect();
        let files = match files.as_slice() {
            [] if self.keys.iter().any(|key| key.backed_up) => "FILE…".to_owned(),
            [] => return Vec::new(),
            files => printable(&files.join(" ")),
        };
        vec![
            "  If you have a file of a key, import it, and no client notices:".to_owned(),
            format!("    sshtpm host-keys import {files}"),
            "    sshtpm host-keys enable && systemctl reload ssh".to_owned(),
        ]
    }
}

/// What to do otherwise.
const NEW_ONES: [&str; 5] = [
    "  If there is no file, make new keys:",
    "    sshtpm host-keys ensure && systemctl reload ssh",
    "  Clients then refuse to connect. Tell their users the new fingerprints (`sshtpm host-keys \
     list`), and to run:",
    "    ssh-keygen -R HOST",
    "  Then move the records out of the way: sshtpm rm --lost --owner sshtpm-host",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_listing::example_key;

    #[test]
    fn files_that_were_put_away_bring_the_same_host_keys_back() {
        let text = |keys: Vec<KeyInfo>, copies: &[&str]| {
            let copies = copies.iter().map(PathBuf::from).collect();
            LostHostKeys { keys, copies }.text().join("\n")
        };
        assert_eq!(text(Vec::new(), &["/etc/ssh/a"]), "");
        let file = text(vec![example_key()], &["/etc/ssh/a key"]);
        assert!(file.contains("host-keys import '/etc/ssh/a key'"), "{file}");
        let none = text(vec![example_key()], &[]);
        assert!(
            !none.contains("import") && none.contains("ensure"),
            "{none}"
        );
        let backed_up = KeyInfo {
            backed_up: true,
            ..example_key()
        };
        assert!(text(vec![backed_up], &[]).contains("import FILE…"));
    }
}
