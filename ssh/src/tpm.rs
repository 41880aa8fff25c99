//! What both sides of the bus say of the TPM and of a key in it.

use std::fmt;

use crate::word::Word;

/// Whether the TPM can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TpmState {
    /// The broker has not yet talked to it.
    Starting,
    /// It answers, and the parent key is there.
    Ready,
    /// There is no device, or the device does not answer.
    Absent,
    /// It did not answer within the watchdog's time.
    Hung,
    /// It answers, but there is no usable parent key and the broker may not make one.
    Unprovisioned,
    /// It answers with errors.
    Failed,
}

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Its parent is in the TPM.
    Usable,
    /// Its parent is no longer in the TPM: the TPM was cleared or replaced.
    Lost,
    /// The TPM cannot be asked now.
    Unknown,
    /// PCRs that the key is bound to have other values now.
    PcrMismatch,
}

/// How near the TPM is to its dictionary-attack lockout (TPM 2.0 Part 1, "Dictionary Attack
/// Protection").
///
/// It does not concern keys without a PIN. It concerns those with one, which cannot cause it, and
/// others' objects in the TPM, such as a disk-encryption key with a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// Failed tries that the TPM remembers (TPM_PT_LOCKOUT_COUNTER).
    pub counter: u32,
    /// How many of them lock it (TPM_PT_MAX_AUTH_FAIL).
    pub max_tries: u32,
    /// Seconds until one failed try is forgotten (TPM_PT_LOCKOUT_INTERVAL).
    pub recovery_seconds: u32,
    /// Seconds after a failed try with the password of the lockout hierarchy until that can be
    /// tried again; 0 is until the next start of the TPM (TPM_PT_LOCKOUT_RECOVERY).
    pub lockout_recovery_seconds: u32,
    /// Whether it is locked now (TPMA_PERMANENT, inLockout).
    pub in_lockout: bool,
}

impl Word for TpmState {
    const ALL: &'static [Self] = &[
        Self::Starting,
        Self::Ready,
        Self::Absent,
        Self::Hung,
        Self::Unprovisioned,
        Self::Failed,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Absent => "absent",
            Self::Hung => "hung",
            Self::Unprovisioned => "unprovisioned",
            Self::Failed => "failed",
        }
    }
}

impl Word for KeyState {
    const ALL: &'static [Self] = &[Self::Usable, Self::Lost, Self::Unknown, Self::PcrMismatch];

    fn word(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
            Self::PcrMismatch => "pcr-mismatch",
        }
    }
}

impl fmt::Display for TpmState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyState, TpmState};
    use crate::word::Word;

    #[test]
    fn every_state_is_found_again_by_its_word() {
        for &state in TpmState::ALL {
            assert_eq!(TpmState::of_word(state.word()), Some(state));
        }
        for &state in KeyState::ALL {
            assert_eq!(KeyState::of_word(state.word()), Some(state));
        }
        assert_eq!(TpmState::of_word("Ready"), None);
    }
}
