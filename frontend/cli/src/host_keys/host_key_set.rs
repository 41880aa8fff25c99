//! The host keys in the TPM, by what sshd can do with them.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::tpm::KeyState;

use crate::derived::is_derived;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::key_state::is_lost;

/// The host keys, none of which is in doubt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HostKeySet {
    /// Those that the TPM signs with.
    pub(crate) usable: Vec<KeyInfo>,
    /// Those whose TPM was cleared or replaced.
    pub(crate) lost: Vec<KeyInfo>,
}

impl HostKeySet {
    /// Sorts `keys`.
    ///
    /// # Errors
    ///
    /// Of one the TPM cannot be asked.
    pub(crate) fn new(keys: Vec<KeyInfo>) -> Result<Self, Failure> {
        let (lost, usable): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_lost);
        // Of a derived key only its next use tells, and each is tried before sshd gets it.
        let is_in_doubt = |key: &&KeyInfo| key.state != KeyState::Usable && !is_derived(key);
        match usable.iter().find(is_in_doubt) {
            None => Ok(Self { usable, lost }),
            Some(key) => Err(Failure::new(
                format!("cannot make sshd use host key {}", describe(key)),
                "the TPM cannot say whether it still has the key",
            )
            .and_next("Try again once `sshtpm status` says that the TPM is ready.")),
        }
    }

    /// Itself, if sshd can use any.
    ///
    /// # Errors
    ///
    /// There are none, or all are lost.
    pub(crate) fn with_some_usable(self) -> Result<Self, Failure> {
        if !self.usable.is_empty() {
            return Ok(self);
        }
        let why = if self.lost.is_empty() {
            "there are none"
        } else {
            "all of them are lost: the TPM was cleared or replaced"
        };
        Err(
            Failure::new("cannot make sshd use host keys in the TPM", why)
                .and_next("Make one with `sshtpm host-keys generate`."),
        )
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;
    use sshtpm_ssh::tpm::KeyState;

    use super::HostKeySet;
    use crate::key_listing::example_key;

    fn key(state: KeyState) -> KeyInfo {
        KeyInfo {
            state: sshtpm_dbus::WireWord(state),
            ..example_key()
        }
    }

    #[test]
    fn lost_keys_are_not_given_to_sshd() {
        let (lost, usable) = (key(KeyState::Lost), key(KeyState::Usable));
        let set = HostKeySet::new(vec![lost.clone(), usable.clone()]).unwrap();
        assert_eq!(set.usable, [usable]);
        assert_eq!(set.lost, std::slice::from_ref(&lost));
        for keys in [vec![lost], vec![]] {
            let none = HostKeySet::new(keys).unwrap().with_some_usable();
            let text = none.unwrap_err().to_string();
            assert!(text.contains("`sshtpm host-keys generate`"), "{text}");
        }
    }

    #[test]
    fn a_key_of_which_the_tpm_cannot_be_asked_is_not_given_to_sshd() {
        let keys = vec![key(KeyState::Usable), key(KeyState::Unknown)];
        let text = HostKeySet::new(keys).unwrap_err().to_string();
        assert!(text.contains("`sshtpm status`"), "{text}");
    }
}
