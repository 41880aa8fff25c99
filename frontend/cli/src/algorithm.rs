//! Which key `-t` and `-b` ask for.
//!
//! Purpose: turn the names that people know from ssh-keygen into what `Generate` wants. Which of
//! them this TPM can make is for the broker to say.
//!
//! Source of the names: RFC 5656 (ECDSA), RFC 4253 and RFC 8332 (RSA).

use std::fmt::{Display, Formatter};

/// Lengths of the NIST curves that SSH knows, in bits (RFC 5656 §10.1).
const ECDSA_BITS: [u32; 3] = [256, 384, 521];

/// Lengths of RSA keys that sshtpm knows, in bits.
const RSA_BITS: [u32; 3] = [2048, 3072, 4096];

/// What can be generated, for error messages.
const POSSIBLE: &str = "ecdsa (256, 384 or 521 bits) or rsa (2048, 3072 or 4096 bits)";

/// A key type that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// ECDSA on the NIST curve of this length in bits.
    Ecdsa(EcdsaCurve),
    /// RSA of this length in bits; without it the broker chooses.
    Rsa(Option<u32>),
}

/// A curve of RFC 5656 §10.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EcdsaCurve {
    P256,
    P384,
    P521,
}

impl Algorithm {
    /// What is generated where nothing else is asked for.
    pub(crate) const DEFAULT: Self = Self::Ecdsa(EcdsaCurve::P256);

    /// Understands `-t` and `-b`.
    ///
    /// # Errors
    ///
    /// A type that TPMs cannot make or that is unknown, or a length that does not fit the name.
    pub(crate) fn parse(key_type: Option<&str>, bits: Option<u32>) -> Result<Self, String> {
        let name = key_type.unwrap_or("ecdsa").to_ascii_lowercase();
        match name.as_str() {
            "ecdsa" => ecdsa(bits.unwrap_or(256)),
            "rsa" | "ssh-rsa" | "rsa-sha2-256" | "rsa-sha2-512" => rsa(bits),
            "ed25519" | "ssh-ed25519" | "ed25519-sk" | "ecdsa-sk" | "dsa" | "ssh-dss" => {
                Err(format!("a TPM cannot make {name} keys; choose {POSSIBLE}"))
            }
            _ => match name.strip_prefix("ecdsa-sha2-nistp").map(str::parse) {
                Some(Ok(length)) => named_curve(&name, length, bits),
                _ => Err(format!("unknown key type `{name}`; choose {POSSIBLE}")),
            },
        }
    }

    /// The name on the bus.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ecdsa(EcdsaCurve::P256) => "ecdsa-sha2-nistp256",
            Self::Ecdsa(EcdsaCurve::P384) => "ecdsa-sha2-nistp384",
            Self::Ecdsa(EcdsaCurve::P521) => "ecdsa-sha2-nistp521",
            Self::Rsa(_) => "ssh-rsa",
        }
    }

    /// The option `bits` on the bus. An ECDSA name says its length already.
    pub(crate) fn bits(self) -> Option<u32> {
        match self {
            Self::Ecdsa(_) => None,
            Self::Rsa(bits) => bits,
        }
    }

    /// The name of the family, as ssh-keygen's default file names have it.
    pub(crate) fn family(self) -> &'static str {
        match self {
            Self::Ecdsa(_) => "ecdsa",
            Self::Rsa(_) => "rsa",
        }
    }
}

impl Display for Algorithm {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ecdsa(_) => f.write_str(self.name()),
            Self::Rsa(Some(bits)) => write!(f, "{bits} bit rsa"),
            Self::Rsa(None) => f.write_str("rsa"),
        }
    }
}

fn named_curve(name: &str, length: u32, bits: Option<u32>) -> Result<Algorithm, String> {
    match bits {
        Some(bits) if bits != length => Err(format!(
            "{name} keys have {length} bits, not {bits}; leave -b out"
        )),
        _ => ecdsa(length),
    }
}

fn ecdsa(bits: u32) -> Result<Algorithm, String> {
    match bits {
        256 => Ok(Algorithm::Ecdsa(EcdsaCurve::P256)),
        384 => Ok(Algorithm::Ecdsa(EcdsaCurve::P384)),
        521 => Ok(Algorithm::Ecdsa(EcdsaCurve::P521)),
        _ => Err(wrong_length("ecdsa", bits, ECDSA_BITS)),
    }
}

fn rsa(bits: Option<u32>) -> Result<Algorithm, String> {
    match bits {
        Some(bits) if !RSA_BITS.contains(&bits) => Err(wrong_length("rsa", bits, RSA_BITS)),
        _ => Ok(Algorithm::Rsa(bits)),
    }
}

fn wrong_length(family: &str, bits: u32, [first, second, third]: [u32; 3]) -> String {
    format!("{family} keys cannot have {bits} bits; choose {first}, {second} or {third}")
}

#[cfg(test)]
mod tests {
    use super::Algorithm;

    fn wire(
        key_type: Option<&str>,
        bits: Option<u32>,
    ) -> Result<(&'static str, Option<u32>), String> {
        Algorithm::parse(key_type, bits).map(|algorithm| (algorithm.name(), algorithm.bits()))
    }

    #[test]
    fn nothing_means_ecdsa_on_p256() {
        assert_eq!(wire(None, None), Ok(("ecdsa-sha2-nistp256", None)));
    }

    #[test]
    fn ecdsa_takes_its_curve_from_the_bits() {
        for (bits, name) in [
            (256, "ecdsa-sha2-nistp256"),
            (384, "ecdsa-sha2-nistp384"),
            (521, "ecdsa-sha2-nistp521"),
        ] {
            assert_eq!(wire(Some("ecdsa"), Some(bits)), Ok((name, None)));
            assert_eq!(wire(None, Some(bits)), Ok((name, None)));
            assert_eq!(wire(Some(name), None), Ok((name, None)));
            assert_eq!(wire(Some(name), Some(bits)), Ok((name, None)));
        }
    }

    #[test]
    fn bits_that_contradict_a_full_name_are_refused() {
        let error = wire(Some("ecdsa-sha2-nistp256"), Some(384)).unwrap_err();
        assert!(error.contains("256 bits, not 384"), "{error}");
    }

    #[test]
    fn every_name_of_rsa_means_ssh_rsa() {
        for name in ["rsa", "RSA", "ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"] {
            assert_eq!(wire(Some(name), None), Ok(("ssh-rsa", None)));
            assert_eq!(wire(Some(name), Some(3072)), Ok(("ssh-rsa", Some(3072))));
        }
    }

    #[test]
    fn lengths_that_do_not_exist_are_refused() {
        for (name, bits) in [("rsa", 1024), ("rsa", 256), ("ecdsa", 512), ("ecdsa", 2048)] {
            let error = wire(Some(name), Some(bits)).unwrap_err();
            assert!(error.contains("choose"), "{error}");
        }
        assert!(wire(Some("ecdsa-sha2-nistp512"), None).is_err());
    }

    #[test]
    fn ed25519_is_refused_with_what_is_possible_instead() {
        let error = wire(Some("ed25519"), None).unwrap_err();
        assert!(error.contains("a TPM cannot make ed25519"), "{error}");
        assert!(error.contains("ecdsa") && error.contains("rsa"), "{error}");
    }

    #[test]
    fn an_unknown_name_is_refused() {
        for name in ["", "elgamal", "ecdsa-sha2-nistp", "ecdsa-sha2-nistp-256"] {
            assert!(wire(Some(name), None).is_err(), "{name}");
        }
    }
}
