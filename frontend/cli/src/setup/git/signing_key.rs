//! The key that is to sign commits: one whose rules allow signatures in git's namespace.
//!
//! Source: git-config(1), `user.signingkey`, `gpg.ssh.*`; git signs in the SSHSIG namespace `git`.

use std::path::Path;

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::purpose::Purpose;

use crate::error::Failure;
use crate::key_listing::git_key;
use crate::key_selector::{KeySelector, describe};
use crate::key_state::is_lost;
use crate::public_key_file::holds;
use crate::setup::key::OwnKey;

/// The namespace of git's signatures.
pub(super) const NAMESPACE: &str = "git";

/// What to do if no key may sign commits.
const MAKE_ONE: &str = "\
Make a key for it, then run `sshtpm setup --git` again:
    sshtpm keygen -C git --for sign --namespace git -f ~/.ssh/id_sshtpm_git
`sshtpm restrict KEY --for auth,sign` lets a key that you have sign, too.";

/// The key to sign with: the one that `name` means; otherwise the one that git has `now`, or the
/// oldest that may sign, as setup chooses keys. Also says what another key is left out for.
///
/// # Errors
///
/// The name means no single key, or no key may sign commits.
pub(super) fn choose(
    keys: &[KeyInfo],
    name: Option<&str>,
    now: Option<&str>,
    home: &Path,
) -> Result<OwnKey, Failure> {
    let able: Vec<KeyInfo> = keys.iter().filter(|key| able(key)).cloned().collect();
    if let Some(name) = name {
        let key = KeySelector::new(name).find(keys, None)?;
        return match why_not(key) {
            Some(why) => Err(refusal(&describe(key), &why, &able)),
            None => Ok(OwnKey::with_file(key, home)),
        };
    }
    let named = now.and_then(|now| able.iter().find(|key| names(now, key)));
    let found = match named {
        Some(key) => Some(OwnKey::with_file(key, home)),
        None => OwnKey::find(&able, home),
    };
    found.ok_or_else(|| none_is_able(keys))
}

/// The keys that could be used, were it not for their rules, and why git does not get them.
pub(super) fn left_out(keys: &[KeyInfo]) -> Vec<String> {
    let usable = keys.iter().filter(|key| !is_lost(key));
    let with_reason = usable.filter_map(|key| Some((key, why_not(key)?)));
    with_reason
        .map(|(key, why)| format!("{}: {why}", describe(key)))
        .collect()
}

/// Whether git's setting `user.signingkey` means this key.
pub(super) fn names(setting: &str, key: &KeyInfo) -> bool {
    let words = |text: &str| {
        let words = text.split_whitespace().take(2);
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    match setting.strip_prefix("key::") {
        Some(literal) => words(literal) == words(&key.public_key),
        None => {
            words(setting) == words(&key.public_key) || holds(Path::new(setting), &key.public_key)
        }
    }
}

/// The value of `user.signingkey`: the file with the public half, or the key itself.
pub(super) fn value(key: &OwnKey) -> String {
    let file = key.file.as_ref().and_then(|file| file.to_str());
    file.map_or_else(|| git_key(&key.info), str::to_owned)
}

fn able(key: &KeyInfo) -> bool {
    why_not(key).is_none()
}

/// Why a key signs no commits.
fn why_not(key: &KeyInfo) -> Option<String> {
    let signs = key
        .purposes
        .iter()
        .any(|purpose| purpose == Purpose::Sign.name());
    let in_git = key.namespaces.is_empty() || key.namespaces.iter().any(|name| name == NAMESPACE);
    match (is_lost(key), signs, in_git) {
        (true, _, _) => Some("it is lost, because the TPM was cleared or replaced".to_owned()),
        (_, false, _) => Some(format!(
            "it is for {} alone (--for)",
            key.purposes.join(" and ")
        )),
        (_, _, false) => Some(format!(
            "it signs in the namespace {} alone (--namespace)",
            key.namespaces.join(" and ")
        )),
        _ => None,
    }
}

fn refusal(key: &str, why: &str, able: &[KeyInfo]) -> Failure {
    let failure = Failure::new(format!("cannot have git sign with the key {key}"), why);
    match able.first() {
        Some(other) => failure.and_next(format!(
            "This key may: {}\nUse it with `sshtpm setup --git`.",
            describe(other)
        )),
        None => failure.and_next(MAKE_ONE),
    }
}

fn none_is_able(keys: &[KeyInfo]) -> Failure {
    let what = "cannot have git sign with your keys";
    let reasons = left_out(keys);
    match reasons.is_empty() {
        true => Failure::new(what, "you have none that can be used").and_next(MAKE_ONE),
        false => {
            let why = format!("none may sign commits\n  {}", reasons.join("\n  "));
            Failure::new(what, why).and_next(MAKE_ONE)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sshtpm_dbus::KeyInfo;

    use super::{choose, names};
    use crate::key_listing::{example_key, git_key};

    const HOME: &str = "/nonexistent";

    fn key(comment: &str, purposes: &[&str], namespaces: &[&str]) -> KeyInfo {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        KeyInfo {
            comment: comment.to_owned(),
            fingerprint: format!("SHA256:{comment}{comment}"),
            public_key: format!("ssh-rsa {comment}"),
            purposes: owned(purposes),
            namespaces: owned(namespaces),
            ..example_key()
        }
    }

    fn chosen(keys: &[KeyInfo], name: Option<&str>, now: Option<&str>) -> String {
        match choose(keys, name, now, Path::new(HOME)) {
            Ok(key) => key.info.comment,
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn a_key_that_may_not_sign_in_git_is_passed_over() {
        let keys = [
            key("login", &["auth"], &[]),
            key("files", &["auth", "sign"], &["file"]),
            key("commits", &["sign"], &["file", "git"]),
            key("laptop", &["auth", "sign"], &[]),
        ];
        assert_eq!(chosen(&keys, None, None), "commits");
        assert_eq!(chosen(&keys, Some("laptop"), None), "laptop");
        let refused = chosen(&keys, Some("login"), None);
        assert!(refused.contains("it is for auth alone"), "{refused}");
        assert!(refused.contains("This key may: "), "{refused}");
        let refused = chosen(&keys[..2], None, None);
        for part in ["for auth alone", "in the namespace file alone", "keygen"] {
            assert!(refused.contains(part), "{refused}");
        }
    }

    #[test]
    fn a_key_that_git_has_already_stays() {
        let keys = [key("one", &["sign"], &[]), key("two", &["sign"], &[])];
        assert_eq!(chosen(&keys, None, None), "one");
        let now = git_key(&keys[1]);
        assert_eq!(chosen(&keys, None, Some(&now)), "two");
        assert_eq!(chosen(&keys, None, Some("ABCD1234")), "one");
        assert!(names("ssh-rsa two a comment", &keys[1]));
        assert!(!names("/nonexistent/two.pub", &keys[1]));
    }
}
