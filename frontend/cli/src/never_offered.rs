//! Keys that the user's ssh would never offer, whatever the server takes.
//!
//! Source: ssh_config(5), `PubkeyAcceptedAlgorithms` and `RequiredRSASize`.

use sshtpm_dbus::KeyInfo;

use crate::accepted_keys::{AcceptedKeys, KeyType, Refusal};
use crate::key_listing::type_label;
use crate::key_selector::describe;
use crate::key_state::is_lost;

/// What was found, and what to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NeverOffered {
    /// Which keys, and why.
    pub(crate) found: String,
    /// What to do.
    pub(crate) next: String,
}

/// Looks for such keys among `keys`, where ssh takes those that are `accepted`.
pub(crate) fn look(accepted: &AcceptedKeys, keys: &[KeyInfo]) -> Option<NeverOffered> {
    let usable = keys.iter().filter(|key| !is_lost(key));
    let refused = usable.filter_map(|key| {
        let refusal = accepted.refuse(&key.into())?;
        Some((key, refusal))
    });
    let refused: Vec<(&KeyInfo, Refusal)> = refused.collect();
    let (first, _) = refused.first()?;
    let whys: Vec<String> = refused.iter().map(|(key, why)| one(key, *why)).collect();
    let setting = "that setting in ~/.ssh/config or /etc/ssh/ssh_config";
    Some(NeverOffered {
        found: format!("ssh never offers {}", whys.join("; ")),
        next: match accepted.possible(&KeyType::from(*first)) {
            Some(arguments) => format!(
                "Make a key that ssh offers (`sshtpm keygen {arguments}`), or change {setting}."
            ),
            None => format!("ssh offers no type that a TPM can make: change {setting}."),
        },
    })
}

fn one(key: &KeyInfo, why: Refusal) -> String {
    let (label, name) = (type_label(&key.algorithm, key.bits), describe(key));
    match why {
        Refusal::Algorithm => {
            let missing = KeyType::from(key).algorithms().join(" or ");
            format!("{label} {name}: its PubkeyAcceptedAlgorithms have no {missing}")
        }
        Refusal::ShorterThan(bits) => {
            format!("{label} {name}: its RequiredRSASize is {bits}")
        }
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;
    use sshtpm_ssh::tpm::KeyState;

    use super::{AcceptedKeys, look};
    use crate::key_listing::example_key;

    fn accepted(list: &str) -> AcceptedKeys {
        AcceptedKeys::new(Some(list.to_owned()), None)
    }

    #[test]
    fn a_key_that_ssh_would_not_offer_is_named_with_what_to_do() {
        let found = look(&accepted("ssh-ed25519,rsa-sha2-512"), &[example_key()]).unwrap();
        assert!(
            found.found.contains(&example_key().fingerprint),
            "{found:?}"
        );
        assert!(found.next.contains("`sshtpm keygen -t rsa`"), "{found:?}");
        let found = look(&accepted("ssh-ed25519"), &[example_key()]).unwrap();
        assert!(
            found.next.contains("`sshtpm keygen -t ed25519`"),
            "{found:?}"
        );
        let of_tokens = accepted("sk-ssh-ed25519@openssh.com");
        let found = look(&of_tokens, &[example_key()]).unwrap();
        assert!(
            found.next.contains("no type that a TPM can make"),
            "{found:?}"
        );
    }

    #[test]
    fn a_key_that_ssh_offers_and_one_that_is_lost_are_no_matter() {
        let lost = KeyInfo {
            state: sshtpm_dbus::WireWord(KeyState::Lost),
            ..example_key()
        };
        assert_eq!(look(&accepted("ssh-ed25519"), &[lost]), None);
        assert_eq!(
            look(&accepted("ecdsa-sha2-nistp256"), &[example_key()]),
            None
        );
        assert_eq!(look(&AcceptedKeys::new(None, None), &[example_key()]), None);
    }
}
