//! Which key `-t` and `-b` ask for.
//!
//! Purpose: turn the names that people know from ssh-keygen into what `Generate` wants. Which of
//! them this TPM can make is for the broker to say.
//!
//! Source of the names: RFC 5656 (ECDSA), RFC 4253 and RFC 8332 (RSA), RFC 8709 (Ed25519).

use std::fmt::{Display, Formatter};

/// Lengths of the NIST curves that SSH knows, in bits (RFC 5656 §10.1).
const ECDSA_BITS: [u32; 3] = [256, 384, 521];

/// Lengths of RSA keys that sshtpm knows, in bits.
const RSA_BITS: [u32; 3] = [2048, 3072, 4096];

/// What can be generated, for error messages.
const POSSIBLE: &str = "ecdsa (256, 384 or 521 bits), rsa (2048, 3072 or 4096 bits) or ed25519";

/// A key type that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// ECDSA on the NIST curve of this length in bits.
    Ecdsa(EcdsaCurve),
    /// RSA of this length in bits; without it the broker chooses.
    Rsa(Option<u32>),
    /// Ed25519, which the TPM seals and the broker signs with.
    Ed25519,
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
            "ed25519" | "ssh-ed25519" => ed25519(bits),
            "dsa" | "ssh-dss" => Err(format!(
                "OpenSSH no longer accepts DSA keys, and no TPM makes them; choose {POSSIBLE}"
            )),
            name if is_of_token(name) => Err(format!(
                "{name} keys are made by a security token, not by a TPM: run `ssh-keygen -t {}`, \
                 or choose {POSSIBLE}",
                family_of_token(name)
            )),
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
            Self::Ed25519 => "ssh-ed25519",
        }
    }

    /// The option `bits` on the bus. Other names than that of RSA say their length already.
    pub(crate) fn bits(self) -> Option<u32> {
        match self {
            Self::Ecdsa(_) | Self::Ed25519 => None,
            Self::Rsa(bits) => bits,
        }
    }

    /// Whether it is that of a key with this name and length on the bus.
    pub(crate) fn is_of(self, name: &str, bits: u32) -> bool {
        self.name() == name && self.bits().is_none_or(|own| own == bits)
    }

    /// Where the key is, before the words "the TPM".
    pub(crate) fn place(self) -> &'static str {
        match self {
            Self::Ecdsa(_) | Self::Rsa(_) => "in",
            Self::Ed25519 => "sealed by",
        }
    }

    /// The name of the family, as ssh-keygen's default file names have it.
    pub(crate) fn family(self) -> &'static str {
        match self {
            Self::Ecdsa(_) => "ecdsa",
            Self::Rsa(_) => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

impl Display for Algorithm {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ecdsa(_) | Self::Ed25519 => f.write_str(self.name()),
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

/// ssh-keygen ignores `-b` for Ed25519, but another length than the only one is a mistake.
fn ed25519(bits: Option<u32>) -> Result<Algorithm, String> {
    match bits {
        None | Some(256) => Ok(Algorithm::Ed25519),
        Some(bits) => Err(format!(
            "ed25519 keys have 256 bits, not {bits}; leave -b out"
        )),
    }
}

/// Whether it is the name of a key in a FIDO token (OpenSSH `PROTOCOL.u2f`).
fn is_of_token(name: &str) -> bool {
    name.ends_with("-sk") || name.starts_with("sk-")
}

fn family_of_token(name: &str) -> &'static str {
    match name.contains("ed25519") {
        true => "ed25519-sk",
        false => "ecdsa-sk",
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
    fn ed25519_has_one_length() {
        for name in ["ed25519", "ED25519", "ssh-ed25519"] {
            assert_eq!(wire(Some(name), None), Ok(("ssh-ed25519", None)));
            assert_eq!(wire(Some(name), Some(256)), Ok(("ssh-ed25519", None)));
        }
        let error = wire(Some("ed25519"), Some(512)).unwrap_err();
        assert!(error.contains("256 bits, not 512"), "{error}");
    }

    #[test]
    fn keys_of_tokens_are_refused_with_who_makes_them() {
        for (name, family) in [
            ("ed25519-sk", "ed25519-sk"),
            ("sk-ssh-ed25519@openssh.com", "ed25519-sk"),
            ("ecdsa-sk", "ecdsa-sk"),
            ("sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa-sk"),
        ] {
            let error = wire(Some(name), None).unwrap_err();
            let advice = format!("`ssh-keygen -t {family}`");
            assert!(
                error.contains("security token") && error.contains(&advice),
                "{error}"
            );
        }
    }

    #[test]
    fn dsa_is_refused_with_what_is_possible_instead() {
        for name in ["dsa", "ssh-dss"] {
            let error = wire(Some(name), None).unwrap_err();
            assert!(
                error.contains("DSA") && error.contains("ed25519"),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        for name in ["", "elgamal", "ecdsa-sha2-nistp", "ecdsa-sha2-nistp-256"] {
            assert!(wire(Some(name), None).is_err(), "{name}");
        }
    }
}
