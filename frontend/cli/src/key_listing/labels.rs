//! What stands in the columns of a key.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::origin::Holding;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::tpm::KeyState;

use crate::derived;
use crate::screen::Tone;
use crate::table::Cell;

pub(super) fn or_dash(text: String) -> String {
    match text.as_str() {
        "" => "-".to_owned(),
        _ => text,
    }
}

/// When it last signed.
pub(super) fn last_use(key: &KeyInfo, told: impl Fn(u64) -> String) -> String {
    match key.last_used {
        0 => "never".to_owned(),
        time => told(time),
    }
}

pub(super) fn state_cell(key: &KeyInfo) -> Cell {
    let tone = match key.state.0 {
        KeyState::Usable if key.pin && !key.unlocked => Tone::Attention,
        KeyState::Usable => Tone::Good,
        KeyState::Lost | KeyState::PcrMismatch => Tone::Bad,
        _ => Tone::Attention,
    };
    Cell::new(state_label(key), tone)
}

/// Whether it can be used, and if it can, whether its PIN has to be given first.
fn state_label(key: &KeyInfo) -> String {
    match key.state.0 {
        KeyState::Usable if key.pin && key.unlocked => "unlocked".to_owned(),
        KeyState::Usable if key.pin => "locked".to_owned(),
        state => state.to_string(),
    }
}

/// Where it comes from, with what a person should know of that: that the TPM only seals it, that
/// there is a copy, that the TPM keeps it, what it is derived from.
pub(super) fn origin_label(key: &KeyInfo) -> String {
    let sealed = match key.holding.0 {
        Holding::Tpm => "",
        Holding::Sealed => ",sealed",
    };
    let copy = if key.backed_up { ",backed-up" } else { "" };
    let kept = match key.persistent_by.as_str() {
        "" => "",
        "use" => ",persistent-by-use",
        _ => ",persistent",
    };
    format!("{}{sealed}{copy}{kept}{}", key.origin, derived::origin(key))
}

/// The type, and whether the TPM only seals or derives the key.
pub(super) fn type_and_holding(key: &KeyInfo) -> String {
    let label = type_label(&key.algorithm, key.bits);
    match key.holding.0 {
        Holding::Tpm if derived::is_derived(key) => format!("{label} derived"),
        Holding::Tpm => label,
        Holding::Sealed => format!("{label} sealed"),
    }
}

/// `ECDSA 256`, `RSA 3072` or `ED25519 256`, after `ssh-keygen -l`.
pub(crate) fn type_label(algorithm: &str, bits: u32) -> String {
    let family = match algorithm {
        "ssh-rsa" => "RSA".to_owned(),
        "ssh-ed25519" => "ED25519".to_owned(),
        name if name.starts_with("ecdsa-sha2-") => "ECDSA".to_owned(),
        other => printable(other),
    };
    format!("{family} {bits}")
}

#[cfg(test)]
mod tests {
    use super::type_label;

    #[test]
    fn types_are_named_as_ssh_keygen_names_them() {
        assert_eq!(type_label("ssh-rsa", 3072), "RSA 3072");
        assert_eq!(type_label("ecdsa-sha2-nistp521", 521), "ECDSA 521");
        assert_eq!(type_label("ssh-ed25519", 256), "ED25519 256");
    }
}
