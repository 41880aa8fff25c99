//! What state a key is in, as far as commands treat it differently.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::tpm::KeyState;

/// Whether a key can never be used again.
pub(crate) fn is_lost(key: &KeyInfo) -> bool {
    key.state == KeyState::Lost
}

/// Whether a key waits for its PIN.
pub(crate) fn is_locked(key: &KeyInfo) -> bool {
    key.pin && !key.unlocked
}
