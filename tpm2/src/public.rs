//! The public area of an object, read without judging it.
//!
//! Specs: TPM 2.0 Part 2, §12.2.4 (`TPMT_PUBLIC`), `TPMS_ECC_PARMS`, `TPMS_RSA_PARMS`,
//! `TPMS_KEYEDHASH_PARMS`; Part 1, "Names".

use crate::ids;
use crate::kdf::Hash;
use crate::marshal::{Malformed, Reader};

/// Longest public area, in bytes: that of RSA-4096 has 534, and an endorsement key's policy and
/// algorithms some 50 more.
pub const MAX_PUBLIC_BYTES: usize = 600;

/// The exponent for which the number 0 stands.
const USUAL_EXPONENT: u32 = 65537;

/// A public area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// The hash of its Name.
    pub name_algorithm: u16,
    /// `TPMA_OBJECT`: see [`ids`].
    pub attributes: u32,
    /// The digest of the policy that authorizes its use; empty if there is none.
    pub policy: Vec<u8>,
    /// What it is of.
    pub object: Object,
    area: Vec<u8>,
}

/// The kind of an object, with its parameters and its public part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A key on an elliptic curve.
    Ecc {
        /// What it protects objects below it with.
        symmetric: Option<Symmetric>,
        /// The one scheme that it may be used in; any one if there is none.
        scheme: Option<Scheme>,
        /// `TPM_ECC_CURVE`.
        curve: u16,
        /// The first coordinate; some TPMs leave out zeros at its beginning.
        x: Vec<u8>,
        /// The second one.
        y: Vec<u8>,
    },
    /// An RSA key.
    Rsa {
        /// What it protects objects below it with.
        symmetric: Option<Symmetric>,
        /// The one scheme that it may be used in; any one if there is none.
        scheme: Option<Scheme>,
        /// Length of the modulus.
        bits: u16,
        /// Never 0.
        exponent: u32,
        /// The modulus.
        modulus: Vec<u8>,
    },
    /// Sealed data, or a key for HMACs without a scheme.
    Sealed,
}

/// A block cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symmetric {
    /// `TPM_ALG_ID`.
    pub algorithm: u16,
    /// Length of its key.
    pub bits: u16,
    /// `TPM_ALG_ID` of its mode.
    pub mode: u16,
}

/// A scheme for signatures or decryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// `TPM_ALG_ID`.
    pub algorithm: u16,
    /// `TPM_ALG_ID` of its hash.
    pub hash: u16,
}

impl Public {
    /// Reads a marshalled `TPMT_PUBLIC` of a key or of sealed data.
    ///
    /// # Errors
    ///
    /// It is too long, malformed, or of another type.
    pub fn read(area: &[u8]) -> Result<Self, Malformed> {
        if area.len() > MAX_PUBLIC_BYTES {
            return Err(Malformed);
        }
        let mut reader = Reader::new(area);
        let kind = reader.uint16()?;
        let name_algorithm = reader.uint16()?;
        let attributes = reader.uint32()?;
        let policy = reader.sized()?.to_vec();
        let object = match kind {
            ids::ECC => ecc(&mut reader)?,
            ids::RSA => rsa(&mut reader)?,
            ids::KEYEDHASH => sealed(&mut reader)?,
            _ => return Err(Malformed),
        };
        reader.end()?;
        Ok(Self {
            name_algorithm,
            attributes,
            policy,
            object,
            area: area.to_vec(),
        })
    }

    /// The marshalled `TPMT_PUBLIC`.
    pub fn area(&self) -> &[u8] {
        &self.area
    }

    /// Whether all of these attributes are set.
    pub fn has(&self, attributes: u32) -> bool {
        self.attributes & attributes == attributes
    }

    /// Its Name: the number of the hash, and the digest of the area. `None`: the hash is not known
    /// here.
    pub fn name(&self) -> Option<Vec<u8>> {
        let hash = Hash::of_id(self.name_algorithm)?;
        let digest = hash.digest(&[&self.area]);
        Some([&self.name_algorithm.to_be_bytes()[..], &digest].concat())
    }
}

fn ecc(reader: &mut Reader<'_>) -> Result<Object, Malformed> {
    let (symmetric, scheme) = (symmetric(reader)?, scheme(reader)?);
    let curve = reader.uint16()?;
    // A key derivation function: no command uses one, so there is none.
    if reader.uint16()? != ids::NULL {
        return Err(Malformed);
    }
    Ok(Object::Ecc {
        symmetric,
        scheme,
        curve,
        x: reader.sized()?.to_vec(),
        y: reader.sized()?.to_vec(),
    })
}

fn rsa(reader: &mut Reader<'_>) -> Result<Object, Malformed> {
    let (symmetric, scheme) = (symmetric(reader)?, scheme(reader)?);
    Ok(Object::Rsa {
        symmetric,
        scheme,
        bits: reader.uint16()?,
        exponent: match reader.uint32()? {
            0 => USUAL_EXPONENT,
            other => other,
        },
        modulus: reader.sized()?.to_vec(),
    })
}

fn sealed(reader: &mut Reader<'_>) -> Result<Object, Malformed> {
    if reader.uint16()? != ids::NULL {
        return Err(Malformed);
    }
    let _unique = reader.sized()?;
    Ok(Object::Sealed)
}

fn symmetric(reader: &mut Reader<'_>) -> Result<Option<Symmetric>, Malformed> {
    match reader.uint16()? {
        ids::NULL => Ok(None),
        algorithm => Ok(Some(Symmetric {
            algorithm,
            bits: reader.uint16()?,
            mode: reader.uint16()?,
        })),
    }
}

/// Those that sign for SSH have a hash, and no more. The others would have to be read otherwise.
fn scheme(reader: &mut Reader<'_>) -> Result<Option<Scheme>, Malformed> {
    match reader.uint16()? {
        ids::NULL => Ok(None),
        algorithm @ (ids::ECDSA | ids::RSASSA | ids::RSAPSS) => Ok(Some(Scheme {
            algorithm,
            hash: reader.uint16()?,
        })),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PUBLIC_BYTES, Object, Public, Scheme};
    use crate::ids;
    use crate::marshal::{Malformed, Writer};

    fn rsa(bits: u16, exponent: u32, modulus: &[u8]) -> Vec<u8> {
        let area = Writer::new().uint16(ids::RSA).uint16(ids::SHA256);
        let area = area.uint32(ids::SIGN).sized(&[5; 32]).uint16(ids::NULL);
        let area = area.uint16(ids::RSASSA).uint16(ids::SHA256).uint16(bits);
        area.uint32(exponent).sized(modulus).finish().to_vec()
    }

    #[test]
    fn an_rsa_area_is_read_whole() {
        let area = rsa(2048, 0, &[0xc1; 256]);
        let public = Public::read(&area).unwrap();
        let Object::Rsa {
            scheme, exponent, ..
        } = &public.object
        else {
            panic!("{public:?}");
        };
        let expected = Scheme {
            algorithm: ids::RSASSA,
            hash: ids::SHA256,
        };
        assert_eq!((*scheme, *exponent), (Some(expected), 65537));
        assert_eq!(public.policy, [5; 32]);
        assert!(public.has(ids::SIGN) && !public.has(ids::SIGN | ids::DECRYPT));
        assert_eq!(public.ssh_key().unwrap().algorithm().as_str(), "ssh-rsa");
        assert_eq!(public.area(), area);
    }

    #[test]
    fn an_area_that_ends_early_or_goes_on_is_malformed() {
        let area = rsa(2048, 0, &[0xc1; 256]);
        for length in 0..area.len() {
            assert_eq!(Public::read(&area[..length]), Err(Malformed), "{length}");
        }
        let longer = [&area[..], &[0]].concat();
        assert_eq!(Public::read(&longer), Err(Malformed));
        let long = rsa(2048, 0, &[0xc1; MAX_PUBLIC_BYTES]);
        assert_eq!(Public::read(&long), Err(Malformed));
    }

    #[test]
    fn a_scheme_that_no_ssh_key_has_is_malformed() {
        let area = rsa(2048, 0, &[0xc1; 256]);
        // After the type, the hash, the attributes, the policy, and no block cipher.
        let scheme = 8 + 2 + 32 + 2;
        assert_eq!(area[scheme..scheme + 2], ids::RSASSA.to_be_bytes());
        // RSAES, OAEP, ECDAA, SM2, and one that does not exist.
        for other in [0x0015_u16, 0x0017, 0x001a, 0x001b, 0xffff] {
            let mut altered = area.clone();
            altered[scheme..scheme + 2].copy_from_slice(&other.to_be_bytes());
            assert_eq!(Public::read(&altered), Err(Malformed), "{other:#x}");
        }
    }

    #[test]
    fn a_name_is_known_for_known_hashes_alone() {
        let mut area = rsa(2048, 0, &[0xc1; 256]);
        let name = Public::read(&area).unwrap().name().unwrap();
        assert_eq!((name.len(), &name[..2]), (34, &[0, 0x0b][..]));
        area[3] = 0x04;
        assert_eq!(Public::read(&area).unwrap().name(), None);
    }
}
