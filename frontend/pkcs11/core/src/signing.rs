//! A signature that a program has begun.
//!
//! Specs: PKCS #11 2.40, section 5.11; FIPS 186-5 §6.4 (which part of a digest ECDSA takes).

use cryptoki_sys::{CKR_DATA_INVALID, CKR_DATA_LEN_RANGE};
use sha2::digest::DynDigest;
use sha2::{Sha256, Sha384, Sha512};
use ssh_key::EcdsaCurve;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::digest_scheme::{DigestHash, DigestScheme};
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::der_forms::digest_of;
use crate::key::Key;
use crate::limits::MAX_RAW_BYTES;
use crate::mechanism::Way;
use crate::rv::Rv;

/// A signature that was begun.
pub(crate) struct Signing {
    pub(crate) key: Fingerprint,
    /// Length of the signature in bytes.
    pub(crate) length: usize,
    algorithm: Algorithm,
    way: Way,
    input: Input,
    /// Whether the input came in parts.
    pub(crate) in_parts: bool,
}

enum Input {
    /// A digest, or what has one in it.
    Raw(Vec<u8>),
    /// Data that is hashed as it comes.
    Data(Box<dyn DynDigest + Send>),
}

impl Signing {
    /// Begins a signature with `key`.
    pub(crate) fn begin(key: &Key, way: Way) -> Self {
        let hashed = match way {
            Way::Ecdsa(hash) | Way::Pkcs1(hash) => hash,
            Way::Pss(hash, is_hashed) => is_hashed.then_some(hash),
        };
        Self {
            key: key.fingerprint,
            length: key.signature_bytes(),
            algorithm: key.algorithm,
            way,
            input: hashed.map_or(Input::Raw(Vec::new()), |hash| Input::Data(hasher(hash))),
            in_parts: false,
        }
    }

    /// Takes a part of the data, or of the digest.
    ///
    /// # Errors
    ///
    /// It is too long for a digest.
    pub(crate) fn update(&mut self, part: &[u8]) -> Result<(), Rv> {
        match &mut self.input {
            Input::Data(hasher) => hasher.update(part),
            Input::Raw(raw) if raw.len() + part.len() <= MAX_RAW_BYTES => {
                raw.extend_from_slice(part);
            }
            Input::Raw(_) => return Err(Rv(CKR_DATA_LEN_RANGE)),
        }
        Ok(())
    }

    /// What the broker has to sign, and how.
    ///
    /// # Errors
    ///
    /// What came is not a digest that such a key signs.
    pub(crate) fn finish(self) -> Result<(DigestScheme, Vec<u8>), Rv> {
        let digest = match self.input {
            Input::Raw(raw) => raw,
            Input::Data(hasher) => hasher.finalize().into_vec(),
        };
        match self.way {
            Way::Ecdsa(_) => {
                let fitted = fitted(&digest, self.algorithm)?;
                Ok((DigestScheme::Ecdsa, fitted))
            }
            Way::Pkcs1(Some(hash)) => Ok((DigestScheme::RsaPkcs1(hash), digest)),
            Way::Pkcs1(None) => {
                let (hash, digest) = digest_of(&digest).ok_or(Rv(CKR_DATA_INVALID))?;
                Ok((DigestScheme::RsaPkcs1(hash), digest.to_vec()))
            }
            Way::Pss(hash, _) if digest.len() == hash.bytes() => {
                Ok((DigestScheme::RsaPss(hash), digest))
            }
            Way::Pss(..) => Err(Rv(CKR_DATA_LEN_RANGE)),
        }
    }
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is signed is the program's own business.
        write!(f, "Signing({}, {:?}, …)", self.key, self.way)
    }
}

fn hasher(hash: DigestHash) -> Box<dyn DynDigest + Send> {
    match hash {
        DigestHash::Sha256 => Box::new(Sha256::default()),
        DigestHash::Sha384 => Box::new(Sha384::default()),
        DigestHash::Sha512 => Box::new(Sha512::default()),
    }
}

/// The digest with the length that the broker wants for the curve. ECDSA takes the leftmost bits of
/// a longer digest, and a shorter one for the number that it is.
fn fitted(digest: &[u8], algorithm: Algorithm) -> Result<Vec<u8>, Rv> {
    let wrong = Rv(CKR_DATA_LEN_RANGE);
    let hash = DigestScheme::Ecdsa.hash_of(algorithm).ok_or(wrong)?;
    // The number that P-521 takes is longer than the digest of SHA-512: cutting would change it.
    let can_be_cut = algorithm != Algorithm::Ecdsa(EcdsaCurve::NistP521);
    match hash.bytes().checked_sub(digest.len()) {
        _ if digest.is_empty() => Err(wrong),
        Some(missing) => {
            let mut fitted = vec![0; missing];
            fitted.extend_from_slice(digest);
            Ok(fitted)
        }
        None if can_be_cut => Ok(digest.get(..hash.bytes()).unwrap_or_default().to_vec()),
        None => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::{CKR_DATA_INVALID, CKR_DATA_LEN_RANGE};
    use sha2::{Digest as _, Sha256};
    use sshtpm_ssh::digest_scheme::{DigestHash, DigestScheme};

    use super::Signing;
    use crate::fake_keys::{a_key, an_rsa_key, on_p521};
    use crate::key::Key;
    use crate::limits::MAX_RAW_BYTES;
    use crate::mechanism::Way;
    use crate::rv::Rv;

    fn signed(key: &Key, way: Way, parts: &[&[u8]]) -> Result<(DigestScheme, Vec<u8>), Rv> {
        let mut signing = Signing::begin(key, way);
        for part in parts {
            signing.update(part)?;
        }
        signing.finish()
    }

    fn ecdsa(key: &Key, digest: &[u8]) -> Result<Vec<u8>, Rv> {
        signed(key, Way::Ecdsa(None), &[digest]).map(|(_, digest)| digest)
    }

    #[test]
    fn a_longer_digest_is_cut_on_the_right() {
        let digest: Vec<u8> = (0..48).collect();
        let expected = digest.get(..32).unwrap().to_vec();
        assert_eq!(ecdsa(&a_key("one", false), &digest), Ok(expected));
    }

    #[test]
    fn a_shorter_digest_is_padded_on_the_left() {
        let padded = ecdsa(&a_key("one", false), &[7; 20]).unwrap();
        assert_eq!(padded, [[0; 12].as_slice(), &[7; 20]].concat());
    }

    #[test]
    fn a_number_that_would_change_if_cut_is_refused() {
        assert_eq!(ecdsa(&on_p521(), &[7; 66]), Err(Rv(CKR_DATA_LEN_RANGE)));
        assert_eq!(ecdsa(&on_p521(), &[7; 64]), Ok(vec![7; 64]));
        assert_eq!(ecdsa(&on_p521(), &[]), Err(Rv(CKR_DATA_LEN_RANGE)));
    }

    #[test]
    fn data_in_parts_is_hashed_as_a_whole() {
        let way = Way::Pkcs1(Some(DigestHash::Sha256));
        let parts: [&[u8]; 3] = [b"I owe ", b"", b"bob"];
        let (scheme, digest) = signed(&an_rsa_key(), way, &parts).unwrap();
        assert_eq!(scheme, DigestScheme::RsaPkcs1(DigestHash::Sha256));
        assert_eq!(digest, Sha256::digest(b"I owe bob").to_vec());
    }

    #[test]
    fn rsa_signs_no_digest_that_does_not_name_its_hash() {
        let signed = signed(&an_rsa_key(), Way::Pkcs1(None), &[&[7; 32]]);
        assert_eq!(signed, Err(Rv(CKR_DATA_INVALID)));
    }

    #[test]
    fn a_raw_digest_does_not_grow_beyond_its_bound() {
        let long = [7; MAX_RAW_BYTES];
        let signed = signed(&an_rsa_key(), Way::Pkcs1(None), &[&long, &[7]]);
        assert_eq!(signed, Err(Rv(CKR_DATA_LEN_RANGE)));
    }
}
