//! Where a public key goes.

use super::key::OwnKey;
use crate::key_listing::authorized_keys_line;
use crate::key_selector::describe;
use sshtpm_ssh::text::printable;

/// The key, and how to be let in with it.
pub(crate) fn lines(key: &OwnKey) -> String {
    let public_key = authorized_keys_line(&key.info);
    let (name, file) = (describe(&key.info), file_of(key));
    let copy = match &key.file {
        Some(_) => format!("ssh-copy-id -f -i {file} HOST"),
        None => format!(
            "sshtpm show {} >FILE.pub; ssh-copy-id -f -i FILE.pub HOST",
            printable(&key.info.fingerprint)
        ),
    };
    format!(
        "Your key is {name}\n\
         This is its public half. It goes wherever you want to log in with it:\n\
         \n{public_key}\n\n\
         \u{20} - to another machine:  {copy}\n\
         \u{20} - or as a line of ~/.ssh/authorized_keys there\n\
         \u{20} - to GitHub, GitLab, Codeberg and the like: into the form for SSH keys in their \
         settings\n"
    )
}

fn file_of(key: &OwnKey) -> String {
    let file = key.file.as_ref().map(|file| file.display().to_string());
    printable(&file.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{OwnKey, lines};
    use crate::key_listing::{authorized_keys_line, example_key};

    #[test]
    fn the_public_key_is_a_line_of_its_own() {
        let key = OwnKey {
            info: example_key(),
            file: Some(PathBuf::from("/home/ann/.ssh/id_sshtpm_ecdsa.pub")),
        };
        let text = lines(&key);
        let line = authorized_keys_line(&example_key());
        assert!(text.lines().any(|one| one == line), "{text}");
        let command = "ssh-copy-id -f -i /home/ann/.ssh/id_sshtpm_ecdsa.pub HOST\n";
        assert!(text.contains(command), "{text}");
    }

    #[test]
    fn a_key_without_a_file_gets_one_first() {
        let key = OwnKey {
            info: example_key(),
            file: None,
        };
        let command = format!("sshtpm show {} >FILE.pub", example_key().fingerprint);
        assert!(lines(&key).contains(&command), "{}", lines(&key));
    }
}
