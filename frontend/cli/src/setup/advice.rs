//! Where a public key goes.

use super::key::OwnKey;
use crate::key_listing::authorized_keys_line;
use crate::key_selector::describe;
use crate::shell_word::shell_word;
use sshtpm_ssh::text::printable;

/// The key, and how to be let in with it.
pub(crate) fn lines(key: &OwnKey) -> String {
    let public_key = authorized_keys_line(&key.info);
    let (name, copy) = (describe(&key.info), copy_command(key));
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

/// ssh-copy-id, if there is a file that it can read: it has a shell read the name once more, in
/// double quotes.
fn copy_command(key: &OwnKey) -> String {
    let is_read_twice = |c: char| "\"$`\\".contains(c);
    let file = key.file.as_ref().map(|file| file.to_string_lossy());
    match (&key.file, file) {
        (Some(file), Some(text)) if !text.contains(is_read_twice) => {
            format!("ssh-copy-id -f -i {} HOST", shell_word(file))
        }
        _ => format!(
            "sshtpm show {} | ssh HOST 'umask 077; mkdir -p .ssh; cat >>.ssh/authorized_keys'",
            printable(&key.info.fingerprint)
        ),
    }
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
    fn a_key_whose_file_ssh_copy_id_cannot_read_goes_by_ssh() {
        let command = format!("sshtpm show {} | ssh HOST '", example_key().fingerprint);
        for file in [None, Some(PathBuf::from("/home/$x/id.pub"))] {
            let info = example_key();
            let text = lines(&OwnKey { info, file });
            assert!(text.contains(&command), "{text}");
        }
    }
}
