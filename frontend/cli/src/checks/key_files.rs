//! Public key files whose key no agent has. ssh takes such a file for a private key, and complains
//! of an "UNPROTECTED PRIVATE KEY FILE", although it holds a public key that anybody may know.
//!
//! May touch: files in `~/.ssh` and those that `IdentityFile` names, to read them; the socket of
//! the agent that ssh asks, with one request for its list. Must never open a file that may hold a
//! private key.
//!
//! Source: ssh(1), `-i`; OpenSSH's `sshconnect2.c`: a key that the server takes and no agent has
//! is loaded from the file, whose permissions have to be those of a private key.

use std::path::{Path, PathBuf};

use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::KeyInfo;

use super::finding::Finding;
use crate::key_state::is_lost;
use crate::person;
use crate::probe::agent::{self, Answer};
use crate::probe::identity_files;
use crate::probe::keys::Keys;
use crate::probe::ssh_agent::AgentOfSsh;
use crate::probe::ssh_settings::{SshSettings, Unsaid};
use crate::public_key_file::{files_where, only_key_in};
use crate::raw;
use crate::shell_word::shell_word;

/// How the names of files begin that keygen and setup write.
const PREFIX: &str = "id_sshtpm_";

/// What is not so, whatever ssh says.
const HARMLESS: &str = "It holds a public key, so nothing is exposed and no permission is wrong.";

/// Why no agent signs with the key of a file.
#[derive(Debug, PartialEq, Eq)]
enum Why {
    /// Neither the broker nor the agent that ssh asks has the key.
    Gone,
    /// The broker has it, and ssh does not ask for it.
    NotAsked,
}

/// Looks at the files that ssh's configuration names, and at those of ours in `~/.ssh`.
pub(super) async fn check(asked: &Result<SshSettings, Unsaid>, keys: &Keys) -> Finding {
    let (Ok(settings), Ok(own), Ok(home)) = (asked, keys, person::home_directory()) else {
        return Finding::skipped("your keys, or what ssh does, are not known");
    };
    let mut files = identity_files::named(settings, Some(&home));
    files.retain(|file| file.extension().is_some_and(|suffix| suffix == "pub"));
    files.extend(files_where(&home.join(".ssh"), PREFIX, |_| true));
    let offered = offered(&AgentOfSsh::read(settings)).await;
    let offered = offered.map(|keys| [keys, raw_keys(own)].concat());
    judge(&files, &agent::usable(own), offered.as_deref(), || {
        own.iter().any(is_lost)
    })
}

/// The keys that no agent is to offer.
fn raw_keys(keys: &[KeyInfo]) -> Vec<KeyData> {
    let raw = keys.iter().filter(|key| raw::is_raw(key));
    agent::usable(&raw.cloned().collect::<Vec<_>>())
}

/// The keys of the agent that ssh asks; `None` if it does not say.
async fn offered(asked: &AgentOfSsh) -> Option<Vec<KeyData>> {
    let Some(socket) = &asked.socket else {
        return Some(Vec::new());
    };
    match agent::ask(socket, true).await {
        Answer::Offers(keys) => Some(keys),
        Answer::Missing | Answer::Unreachable(_) => Some(Vec::new()),
        Answer::Foreign(_) | Answer::Listens | Answer::Refuses(_) => None,
    }
}

fn judge(
    files: &[PathBuf],
    usable: &[KeyData],
    offered: Option<&[KeyData]>,
    some_are_lost: impl Fn() -> bool,
) -> Finding {
    let Some(offered) = offered else {
        return Finding::skipped("the agent that ssh asks does not list its keys");
    };
    let trouble = files.iter().find_map(|file| {
        let key = key_of(file)?;
        match (offered.contains(&key), usable.contains(&key)) {
            (true, _) => None,
            (false, true) => Some((file, Why::NotAsked)),
            (false, false) => Some((file, Why::Gone)),
        }
    });
    match trouble {
        None => Finding::ok("an agent has the key of each public key file"),
        Some((file, why)) => warning(file, &why, some_are_lost()),
    }
}

fn key_of(file: &Path) -> Option<KeyData> {
    let key = PublicKey::from_openssh(&only_key_in(file)?).ok()?;
    Some(key.key_data().clone())
}

fn warning(file: &Path, why: &Why, some_are_lost: bool) -> Finding {
    let (name, word) = (file.display(), shell_word(file));
    let alarm = "ssh then takes the file for a private key, and may call it an UNPROTECTED \
                 PRIVATE KEY FILE";
    match why {
        Why::NotAsked => Finding::warn(
            format!("ssh does not ask the agent that has the key of {name}; {alarm}"),
            format!("{HARMLESS} `sshtpm setup` has ssh ask sshtpm-agent."),
        ),
        Why::Gone => {
            let gone = match some_are_lost {
                true => "the key was deleted, or lost when the TPM was cleared",
                false => "the key was deleted, or is in another machine",
            };
            Finding::warn(
                format!("no agent has the key of {name}; {alarm}"),
                format!(
                    "{HARMLESS} Most likely {gone}.\n\
                     If you no longer need it, remove it, and lines IdentityFile that name it:\n\
                     \x20   rm {word}"
                ),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ssh_key::PublicKey;

    use super::judge;
    use crate::checks::finding::{Advice, Finding};
    use crate::key_listing::example_key;

    fn warned(finding: Finding) -> Advice {
        match finding {
            Finding::Warn(advice) => advice,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_whose_key_no_agent_has_is_explained_with_what_to_do() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("my id_sshtpm_ecdsa.pub");
        let public_key = example_key().public_key;
        std::fs::write(&file, format!("{public_key} ann\n")).unwrap();
        let key = PublicKey::from_openssh(&public_key).unwrap();
        let key = [key.key_data().clone()];
        let files: [PathBuf; 1] = [file];
        let look = |usable, offered| judge(&files, usable, offered, || false);
        assert!(matches!(look(&key, Some(&key)), Finding::Ok(_)));
        assert!(matches!(look(&[], Some(&key)), Finding::Ok(_)));
        assert!(matches!(look(&key, None), Finding::Skipped(_)));
        let not_asked = warned(look(&key, Some(&[])));
        assert!(
            not_asked.found.contains("does not ask the agent"),
            "{not_asked:?}"
        );
        assert!(not_asked.next.contains("sshtpm setup"), "{not_asked:?}");
        let gone = warned(look(&[], Some(&[])));
        assert!(
            gone.found.contains("UNPROTECTED PRIVATE KEY FILE"),
            "{gone:?}"
        );
        assert!(gone.next.contains("\n    rm '/"), "{gone:?}");
    }
}
