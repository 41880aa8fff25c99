//! Which keys a side of SSH takes: by signature algorithm, and RSA keys by length.
//!
//! Purpose: ssh and sshd say so for host keys and for users' keys in the same form, a list without
//! patterns and a length. A key that a side does not take is never offered, and nobody is told.
//!
//! Sources: ssh_config(5) and sshd_config(5), `HostKeyAlgorithms`, `PubkeyAcceptedAlgorithms`,
//! `RequiredRSASize`; RFC 8332 §3 (RSA). `ssh-rsa` means SHA-1, with which sshtpm does not sign.

use ssh_key::public::KeyData;
use sshtpm_dbus::KeyInfo;

use crate::algorithm::Algorithm;

/// Signature algorithms of an RSA key, the one that OpenSSH prefers first.
const OF_RSA: [&str; 2] = ["rsa-sha2-512", "rsa-sha2-256"];

/// Length in bits of an RSA key for which no length was chosen, as far as the TPM supports it.
const RSA_BITS: u32 = 3072;

/// Length in bits of every Ed25519 key, as `ssh-keygen -l` shows it.
const ED25519_BITS: u32 = 256;

/// What the algorithm of a key with a certificate has at its end.
const CERTIFIED: &str = "-cert-v01@openssh.com";

/// What can be generated, as `-t` and `-b` have it: what the TPM signs with first, the fastest of
/// it first.
const POSSIBLE: [(&str, u32, &str); 7] = [
    ("ecdsa-sha2-nistp256", 256, "-t ecdsa"),
    ("ecdsa-sha2-nistp384", 384, "-t ecdsa -b 384"),
    ("ecdsa-sha2-nistp521", 521, "-t ecdsa -b 521"),
    ("ssh-rsa", 2048, "-t rsa"),
    ("ssh-rsa", 3072, "-t rsa -b 3072"),
    ("ssh-rsa", 4096, "-t rsa -b 4096"),
    ("ssh-ed25519", ED25519_BITS, "-t ed25519"),
];

/// A type of keys, with a length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyType {
    /// The name in public keys: RFC 5656 §6.2, RFC 4253 §6.6.
    pub(crate) name: String,
    /// The length in bits.
    pub(crate) bits: u32,
}

impl KeyType {
    /// What keys of this type sign with.
    pub(crate) fn algorithms(&self) -> Vec<&str> {
        match self.is_rsa() {
            true => OF_RSA.to_vec(),
            false => vec![&self.name],
        }
    }

    /// The same with a certificate.
    pub(crate) fn certified_algorithms(&self) -> Vec<String> {
        let names = self.algorithms().into_iter();
        names.map(|name| format!("{name}{CERTIFIED}")).collect()
    }

    /// Whether it is RSA.
    pub(crate) fn is_rsa(&self) -> bool {
        self.name == "ssh-rsa"
    }
}

impl From<&KeyInfo> for KeyType {
    fn from(key: &KeyInfo) -> Self {
        Self {
            name: key.algorithm.clone(),
            bits: key.bits,
        }
    }
}

impl From<Algorithm> for KeyType {
    fn from(algorithm: Algorithm) -> Self {
        let name = algorithm.name().to_owned();
        let bits = match algorithm {
            Algorithm::Ecdsa(_) => curve_bits(&name),
            Algorithm::Rsa(bits) => bits.unwrap_or(RSA_BITS),
            Algorithm::Ed25519 => ED25519_BITS,
        };
        Self { name, bits }
    }
}

/// The name of an ECDSA key ends with the length.
fn curve_bits(name: &str) -> u32 {
    let curve = name.rsplit("nistp").next();
    curve.and_then(|bits| bits.parse().ok()).unwrap_or(0)
}

impl From<&KeyData> for KeyType {
    fn from(key: &KeyData) -> Self {
        let name = key.algorithm().as_str().to_owned();
        let bits = match key {
            KeyData::Rsa(key) => {
                let bytes = key.n.as_positive_bytes().map_or(0, <[u8]>::len);
                u32::try_from(bytes.saturating_mul(8)).unwrap_or(u32::MAX)
            }
            KeyData::Ed25519(_) => ED25519_BITS,
            _ => curve_bits(&name),
        };
        Self { name, bits }
    }
}

/// Why a key is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// None of its algorithms is in the list.
    Algorithm,
    /// It is an RSA key, and shorter than this.
    ShorterThan(u32),
}

/// The keys that a side takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AcceptedKeys {
    /// `None` if the side does not say, so that nothing can be held against a key.
    algorithms: Option<String>,
    min_rsa_bits: u32,
    takes_certificates: bool,
}

impl AcceptedKeys {
    /// Keys with an algorithm of this list, and RSA keys of at least this length. What is not said,
    /// as by an OpenSSH that is older than the setting, does not count.
    pub(crate) fn new(algorithms: Option<String>, required_rsa_size: Option<&str>) -> Self {
        let bits = required_rsa_size.and_then(|bits| bits.parse().ok());
        Self {
            algorithms,
            min_rsa_bits: bits.unwrap_or(0),
            takes_certificates: false,
        }
    }

    /// The same, and keys of which only a certificate is taken.
    pub(crate) fn or_certified(self) -> Self {
        Self {
            takes_certificates: true,
            ..self
        }
    }

    /// Why a key of this type is not taken, if it is not.
    pub(crate) fn refuse(&self, key: &KeyType) -> Option<Refusal> {
        if key.is_rsa() && key.bits < self.min_rsa_bits {
            return Some(Refusal::ShorterThan(self.min_rsa_bits));
        }
        self.algorithms_for(key)
            .is_empty()
            .then_some(Refusal::Algorithm)
    }

    /// The algorithms with which a key of this type is taken.
    pub(crate) fn algorithms_for(&self, key: &KeyType) -> Vec<String> {
        let plain = key.algorithms().into_iter().map(str::to_owned);
        let certified = key.certified_algorithms().into_iter();
        let certified = certified.filter(|_| self.takes_certificates);
        plain
            .chain(certified)
            .filter(|name| self.includes(name))
            .collect()
    }

    /// How to make a key that is taken in the place of this one, as the arguments of a command:
    /// rather a longer one of the same type than one of another type.
    pub(crate) fn possible(&self, key: &KeyType) -> Option<&'static str> {
        let is_taken = |(name, bits, _): &&(&str, u32, &str)| {
            let (name, bits) = ((*name).to_owned(), *bits);
            self.refuse(&KeyType { name, bits }).is_none()
        };
        let taken: Vec<_> = POSSIBLE.iter().filter(is_taken).collect();
        let same = taken.iter().find(|(name, _, _)| *name == key.name);
        same.or(taken.first()).map(|(_, _, arguments)| *arguments)
    }

    fn includes(&self, name: &str) -> bool {
        let listed = |list: &String| list.split(',').any(|one| one.trim() == name);
        self.algorithms.as_ref().is_none_or(listed)
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::PublicKey;

    use super::{AcceptedKeys, Algorithm, KeyType, Refusal};
    use crate::key_listing::example_key;

    fn accepted(algorithms: &str) -> AcceptedKeys {
        AcceptedKeys::new(Some(algorithms.to_owned()), Some("3072"))
    }

    fn rsa(bits: u32) -> KeyType {
        KeyType {
            name: "ssh-rsa".to_owned(),
            bits,
        }
    }

    #[test]
    fn an_algorithm_that_is_not_listed_is_refused() {
        let ecdsa = KeyType::from(&example_key());
        let list = accepted("ssh-ed25519,rsa-sha2-512");
        assert_eq!(list.refuse(&ecdsa), Some(Refusal::Algorithm));
        assert_eq!(list.refuse(&rsa(4096)), None);
        assert_eq!(list.algorithms_for(&rsa(4096)), ["rsa-sha2-512"]);
        assert_eq!(accepted("ecdsa-sha2-nistp256").refuse(&ecdsa), None);
        let other_curve = accepted("ecdsa-sha2-nistp384");
        assert_eq!(other_curve.refuse(&ecdsa), Some(Refusal::Algorithm));
    }

    #[test]
    fn rsa_with_sha_1_is_not_what_sshtpm_signs() {
        let refusal = accepted("ssh-rsa").refuse(&rsa(4096));
        assert_eq!(refusal, Some(Refusal::Algorithm));
    }

    #[test]
    fn a_short_rsa_key_is_refused_and_an_ecdsa_key_has_no_such_length() {
        let list = accepted("rsa-sha2-256,ecdsa-sha2-nistp256");
        assert_eq!(list.refuse(&rsa(2048)), Some(Refusal::ShorterThan(3072)));
        assert_eq!(list.refuse(&rsa(3072)), None);
        assert_eq!(list.refuse(&KeyType::from(&example_key())), None);
    }

    #[test]
    fn a_certificate_is_enough_where_there_are_certificates() {
        let list = accepted("ecdsa-sha2-nistp256-cert-v01@openssh.com");
        let ecdsa = KeyType::from(&example_key());
        assert_eq!(list.refuse(&ecdsa), Some(Refusal::Algorithm));
        assert_eq!(list.or_certified().refuse(&ecdsa), None);
    }

    #[test]
    fn the_key_that_is_made_instead_is_of_the_same_type_if_that_helps() {
        let ecdsa = KeyType::from(&example_key());
        let list = accepted("rsa-sha2-512,ecdsa-sha2-nistp521,ecdsa-sha2-nistp256");
        assert_eq!(list.possible(&rsa(2048)), Some("-t rsa -b 3072"));
        assert_eq!(list.possible(&ecdsa), Some("-t ecdsa"));
        let list = accepted("rsa-sha2-512,ecdsa-sha2-nistp521");
        assert_eq!(list.possible(&ecdsa), Some("-t ecdsa -b 521"));
        assert_eq!(accepted("ssh-ed25519").possible(&ecdsa), Some("-t ed25519"));
        let of_tokens = accepted("sk-ssh-ed25519@openssh.com");
        assert_eq!(of_tokens.possible(&ecdsa), None);
    }

    #[test]
    fn a_side_that_says_nothing_refuses_nothing() {
        let list = AcceptedKeys::new(None, None);
        assert_eq!(list.refuse(&rsa(1024)), None);
    }

    #[test]
    fn a_public_key_has_the_type_that_the_broker_says() {
        let key = PublicKey::from_openssh(&example_key().public_key).unwrap();
        let of_broker = KeyType::from(&example_key());
        assert_eq!(KeyType::from(Algorithm::DEFAULT), of_broker);
        assert_eq!(KeyType::from(key.key_data()), of_broker);
        let ed25519 =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOHpDLrUWxopd3rlXf11TXYNQBdj6M5QfYXqlUjf8JGa";
        let key = PublicKey::from_openssh(ed25519).unwrap();
        assert_eq!(
            KeyType::from(key.key_data()),
            KeyType::from(Algorithm::Ed25519)
        );
    }
}
