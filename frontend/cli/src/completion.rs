//! Names of keys for the completion of a shell: `sshtpm list --names`.
//!
//! Must never ask for a password or take long: a person waits for a key that was pressed. What does
//! not answer in time has no names, and no error is printed into the line that is being typed.

use std::time::Duration;

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::text::first_harmful;
use tokio::time::timeout;

use super::error::Failure;
use super::key_listing::type_label;
use super::output::print;
use super::probe::bus::Bus;
use super::probe::keys;
use super::short_names::ShortNames;

/// How long the broker may take; a list takes some milliseconds.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Prints a name, a tab and what it names, for each name of each key.
///
/// # Errors
///
/// They cannot be printed.
pub(crate) async fn print_names() -> Result<(), Failure> {
    let listing = async { keys::list(&Bus::connect().await?).await };
    let Ok(Ok(keys)) = timeout(MAX_WAIT, listing).await else {
        return Ok(());
    };
    match names(&keys).as_slice() {
        [] => Ok(()),
        names => print(&names.join("\n")),
    }
}

fn names(keys: &[KeyInfo]) -> Vec<String> {
    let short = ShortNames::of(keys);
    let mut names = Vec::new();
    for key in keys {
        let (name, comment) = (short.name_of(key), key.comment.as_str());
        let kind = type_label(&key.algorithm, key.bits);
        let is_typed = !comment.is_empty() && first_harmful(comment).is_none();
        match is_typed {
            true => names.push(format!("{name}\t{kind} {comment}")),
            false => names.push(format!("{name}\t{kind}")),
        }
        let is_alone = keys.iter().filter(|other| other.comment == comment).count() == 1;
        if is_typed && is_alone {
            names.push(format!("{comment}\t{kind} {name}"));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::names;
    use crate::key_listing::example_key;

    fn key(fingerprint: &str, comment: &str) -> KeyInfo {
        KeyInfo {
            fingerprint: format!("SHA256:{fingerprint}"),
            comment: comment.to_owned(),
            ..example_key()
        }
    }

    #[test]
    fn a_key_is_offered_by_fingerprint_and_by_a_comment_that_is_its_own() {
        let keys = [
            key("aaaaaaaaaa", "my laptop"),
            key("bbbbbbbbbb", "twin"),
            key("cccccccccc", "twin"),
            key("dddddddddd", "tab\there"),
        ];
        let expected = [
            "aaaaaaaa\tECDSA 256 my laptop",
            "my laptop\tECDSA 256 aaaaaaaa",
            "bbbbbbbb\tECDSA 256 twin",
            "cccccccc\tECDSA 256 twin",
            "dddddddd\tECDSA 256",
        ];
        assert_eq!(names(&keys), expected);
    }
}
