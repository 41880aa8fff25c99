//! Which algorithm a new key gets.

use ssh_key::EcdsaCurve;
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};

/// What a caller asked for, before it is known what this TPM can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This algorithm.
    Exactly(Algorithm),
    /// RSA, of the length that `ssh-keygen` would choose if the TPM has it, else the next best.
    AnyRsa,
}

impl Wanted {
    /// Parses a name (empty: the default) and, for RSA, a length. `None`: there is no such
    /// algorithm.
    pub fn parse(name: &str, bits: Option<u32>) -> Option<Self> {
        match (name, bits) {
            ("", None) => Some(Self::Exactly(DEFAULT)),
            (RSA_NAME, None) => Some(Self::AnyRsa),
            (RSA_NAME, Some(bits)) => {
                Algorithm::from_name_and_bits(RSA_NAME, bits).map(Self::Exactly)
            }
            (name, bits) => Algorithm::ALL
                .into_iter()
                .find(|one| one.ssh_name() == name && bits.is_none_or(|bits| bits == one.bits()))
                .map(Self::Exactly),
        }
    }

    /// What is generated for it, given what the TPM offers.
    pub(crate) fn choose(self, offered: &[Algorithm]) -> Option<Algorithm> {
        let preferred: &[Algorithm] = match &self {
            Self::Exactly(algorithm) => std::slice::from_ref(algorithm),
            Self::AnyRsa => &RSA_BY_PREFERENCE,
        };
        preferred.iter().copied().find(|one| offered.contains(one))
    }
}

const RSA_NAME: &str = "ssh-rsa";

const DEFAULT: Algorithm = Algorithm::Ecdsa(EcdsaCurve::NistP256);

/// 3072 is the default of `ssh-keygen -t rsa` since OpenSSH 8.0.
const RSA_BY_PREFERENCE: [Algorithm; 3] = [
    Algorithm::Rsa(RsaBits::B3072),
    Algorithm::Rsa(RsaBits::B2048),
    Algorithm::Rsa(RsaBits::B4096),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_p256() {
        assert_eq!(Wanted::parse("", None), Some(Wanted::Exactly(DEFAULT)));
    }

    #[test]
    fn lengths_that_do_not_belong_to_the_name_are_no_algorithm() {
        assert_eq!(Wanted::parse("", Some(256)), None);
        assert_eq!(Wanted::parse("ssh-rsa", Some(1024)), None);
        assert_eq!(Wanted::parse("ecdsa-sha2-nistp256", Some(384)), None);
    }

    #[test]
    fn rsa_without_a_length_takes_what_the_tpm_has() {
        let small = Algorithm::Rsa(RsaBits::B2048);
        let large = Algorithm::Rsa(RsaBits::B3072);
        assert_eq!(Wanted::AnyRsa.choose(&[small]), Some(small));
        assert_eq!(Wanted::AnyRsa.choose(&[small, large]), Some(large));
        assert_eq!(Wanted::AnyRsa.choose(&[DEFAULT]), None);
    }

    #[test]
    fn an_algorithm_that_the_tpm_lacks_is_not_replaced_by_another() {
        let wanted = Wanted::Exactly(Algorithm::Ecdsa(EcdsaCurve::NistP521));
        assert_eq!(wanted.choose(&[DEFAULT]), None);
    }
}
