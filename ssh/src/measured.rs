//! What the broker measures of a TPM, as `Measure` of `org.sshtpm.Broker1.Tpm` names it.

use crate::word::Word;

/// A command of the TPM, or two that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measured {
    /// The shortest command: TPM2_GetCapability of one property.
    RoundTrip,
    /// TPM2_StartAuthSession with a salt, which each use of a PIN begins with.
    Session,
    /// TPM2_Create of a P-256 key.
    CreateP256,
    /// TPM2_Load of a P-256 key.
    LoadP256,
    /// TPM2_Sign by a P-256 key that is loaded.
    SignP256,
    /// TPM2_Create of an RSA key of 2048 bits.
    CreateRsa2048,
    /// TPM2_Load of an RSA key of 2048 bits.
    LoadRsa2048,
    /// TPM2_Sign by an RSA key of 2048 bits that is loaded.
    SignRsa2048,
}

impl Word for Measured {
    const ALL: &'static [Self] = &[
        Self::RoundTrip,
        Self::Session,
        Self::CreateP256,
        Self::LoadP256,
        Self::SignP256,
        Self::CreateRsa2048,
        Self::LoadRsa2048,
        Self::SignRsa2048,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::RoundTrip => "round-trip",
            Self::Session => "session",
            Self::CreateP256 => "create-p256",
            Self::LoadP256 => "load-p256",
            Self::SignP256 => "sign-p256",
            Self::CreateRsa2048 => "create-rsa2048",
            Self::LoadRsa2048 => "load-rsa2048",
            Self::SignRsa2048 => "sign-rsa2048",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Measured;
    use crate::word::Word;

    #[test]
    fn everything_measured_is_found_again_by_its_word() {
        for &measured in Measured::ALL {
            assert_eq!(Measured::of_word(measured.word()), Some(measured));
        }
    }
}
