//! Mechanisms: how a program has the TPM sign, or generate a key.
//!
//! Specs: PKCS #11 2.40 Current Mechanisms, sections 2.1 (RSA), 2.3 (EC).

use cryptoki_sys::{
    CK_FLAGS, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_ULONG, CKF_EC_F_P, CKF_EC_NAMEDCURVE,
    CKF_EC_UNCOMPRESS, CKF_GENERATE_KEY_PAIR, CKF_HW, CKF_SIGN, CKG_MGF1_SHA256, CKG_MGF1_SHA384,
    CKG_MGF1_SHA512, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, CKM_ECDSA_SHA256, CKM_ECDSA_SHA384,
    CKM_ECDSA_SHA512, CKM_RSA_PKCS, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_PKCS_PSS, CKM_SHA256,
    CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA384, CKM_SHA384_RSA_PKCS,
    CKM_SHA384_RSA_PKCS_PSS, CKM_SHA512, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS,
    CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::digest_scheme::DigestHash;

use crate::rv::Rv;

/// A mechanism, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    GenerateEc,
    GenerateRsa,
    /// ECDSA, of a digest or of data to be hashed.
    Ecdsa(Option<DigestHash>),
    /// RSASSA-PKCS1-v1_5, of a DigestInfo or of data to be hashed.
    Pkcs1(Option<DigestHash>),
    /// RSASSA-PSS, of a digest or of data to be hashed.
    Pss(Option<DigestHash>),
}

/// All, in the order in which programs see them.
const ALL: [(CK_MECHANISM_TYPE, Mechanism); 14] = {
    use DigestHash::{Sha256, Sha384, Sha512};
    use Mechanism::{Ecdsa, GenerateEc, GenerateRsa, Pkcs1, Pss};
    [
        (CKM_ECDSA, Ecdsa(None)),
        (CKM_ECDSA_SHA256, Ecdsa(Some(Sha256))),
        (CKM_ECDSA_SHA384, Ecdsa(Some(Sha384))),
        (CKM_ECDSA_SHA512, Ecdsa(Some(Sha512))),
        (CKM_SHA256_RSA_PKCS, Pkcs1(Some(Sha256))),
        (CKM_SHA384_RSA_PKCS, Pkcs1(Some(Sha384))),
        (CKM_SHA512_RSA_PKCS, Pkcs1(Some(Sha512))),
        (CKM_RSA_PKCS, Pkcs1(None)),
        (CKM_RSA_PKCS_PSS, Pss(None)),
        (CKM_SHA256_RSA_PKCS_PSS, Pss(Some(Sha256))),
        (CKM_SHA384_RSA_PKCS_PSS, Pss(Some(Sha384))),
        (CKM_SHA512_RSA_PKCS_PSS, Pss(Some(Sha512))),
        (CKM_EC_KEY_PAIR_GEN, GenerateEc),
        (CKM_RSA_PKCS_KEY_PAIR_GEN, GenerateRsa),
    ]
};

/// What the parameter of PSS says: hash, MGF and length of the salt, which have to agree.
const PSS: [(DigestHash, CK_MECHANISM_TYPE, CK_ULONG); 3] = [
    (DigestHash::Sha256, CKM_SHA256, CKG_MGF1_SHA256),
    (DigestHash::Sha384, CKM_SHA384, CKG_MGF1_SHA384),
    (DigestHash::Sha512, CKM_SHA512, CKG_MGF1_SHA512),
];

impl Mechanism {
    /// The mechanism of that name. `has_pss`: whether the TPM makes PSS signatures.
    ///
    /// # Errors
    ///
    /// There is none here.
    pub(crate) fn of(name: CK_MECHANISM_TYPE, has_pss: bool) -> Result<Self, Rv> {
        let found = Self::all(has_pss).find(|(other, _)| *other == name);
        found
            .map(|(_, mechanism)| mechanism)
            .ok_or(Rv(CKR_MECHANISM_INVALID))
    }

    /// The names of all.
    pub(crate) fn names(has_pss: bool) -> Vec<CK_MECHANISM_TYPE> {
        Self::all(has_pss).map(|(name, _)| name).collect()
    }

    /// The names of those by which keys of `algorithm` sign.
    pub(crate) fn signing_with(
        algorithm: Algorithm,
        has_pss: bool,
    ) -> impl Iterator<Item = CK_MECHANISM_TYPE> {
        Self::all(has_pss)
            .filter(move |(_, mechanism)| mechanism.signs_with(algorithm))
            .map(|(name, _)| name)
    }

    fn all(has_pss: bool) -> impl Iterator<Item = (CK_MECHANISM_TYPE, Self)> {
        let all = ALL.into_iter();
        all.filter(move |(_, mechanism)| has_pss || !matches!(mechanism, Self::Pss(_)))
    }

    /// What programs are told of it.
    pub(crate) fn info(self) -> CK_MECHANISM_INFO {
        let (least, most) = match self {
            Self::GenerateEc | Self::Ecdsa(_) => (256, 521),
            Self::GenerateRsa | Self::Pkcs1(_) | Self::Pss(_) => (2048, 4096),
        };
        CK_MECHANISM_INFO {
            ulMinKeySize: least,
            ulMaxKeySize: most,
            flags: self.flags(),
        }
    }

    fn flags(self) -> CK_FLAGS {
        const CURVES: CK_FLAGS = CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;
        match self {
            Self::GenerateEc => CKF_HW | CKF_GENERATE_KEY_PAIR | CURVES,
            Self::GenerateRsa => CKF_HW | CKF_GENERATE_KEY_PAIR,
            Self::Ecdsa(_) => CKF_HW | CKF_SIGN | CURVES,
            Self::Pkcs1(_) | Self::Pss(_) => CKF_HW | CKF_SIGN,
        }
    }

    fn signs_with(self, algorithm: Algorithm) -> bool {
        match self {
            Self::Ecdsa(_) => matches!(algorithm, Algorithm::Ecdsa(_)),
            Self::Pkcs1(_) | Self::Pss(_) => matches!(algorithm, Algorithm::Rsa(_)),
            Self::GenerateEc | Self::GenerateRsa => false,
        }
    }

    /// The way of signing that this mechanism, its parameter and a key of `algorithm` make.
    ///
    /// # Errors
    ///
    /// It does not sign, not with such a key, or the parameter is wrong.
    pub(crate) fn way(self, parameter: &[u8], algorithm: Algorithm) -> Result<Way, Rv> {
        if matches!(self, Self::GenerateEc | Self::GenerateRsa) {
            return Err(Rv(CKR_MECHANISM_INVALID));
        }
        if !self.signs_with(algorithm) {
            return Err(Rv(CKR_KEY_TYPE_INCONSISTENT));
        }
        match self {
            Self::Pss(named) => {
                let hash = pss_hash(parameter)?;
                if named.is_some_and(|named| named != hash) {
                    return Err(Rv(CKR_MECHANISM_PARAM_INVALID));
                }
                Ok(Way::Pss(hash, named.is_some()))
            }
            _ if !parameter.is_empty() => Err(Rv(CKR_MECHANISM_PARAM_INVALID)),
            Self::Ecdsa(hash) => Ok(Way::Ecdsa(hash)),
            Self::Pkcs1(hash) => Ok(Way::Pkcs1(hash)),
            Self::GenerateEc | Self::GenerateRsa => Err(Rv(CKR_MECHANISM_INVALID)),
        }
    }
}

/// A way of signing. A hash that data goes through first is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Ecdsa(Option<DigestHash>),
    Pkcs1(Option<DigestHash>),
    /// The hash, and whether data goes through it first.
    Pss(DigestHash, bool),
}

/// Reads a `CK_RSA_PKCS_PSS_PARAMS`: three numbers. The TPM takes a salt as long as the digest.
fn pss_hash(parameter: &[u8]) -> Result<DigestHash, Rv> {
    let wrong = Rv(CKR_MECHANISM_PARAM_INVALID);
    let (numbers, rest) = parameter.as_chunks();
    let numbers: Vec<_> = numbers
        .iter()
        .copied()
        .map(CK_ULONG::from_ne_bytes)
        .collect();
    let (&[hash, mgf, salt], []) = (numbers.as_slice(), rest) else {
        return Err(wrong);
    };
    let known = PSS.iter().find(|(_, name, _)| *name == hash).ok_or(wrong)?;
    let agrees = known.2 == mgf && usize::try_from(salt) == Ok(known.0.bytes());
    agrees.then_some(known.0).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::{
        CK_ULONG, CKG_MGF1_SHA256, CKM_ECDSA, CKM_RSA_PKCS_PSS, CKM_SHA256,
        CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_PARAM_INVALID,
    };
    use ssh_key::EcdsaCurve;
    use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
    use sshtpm_ssh::digest_scheme::DigestHash;

    use super::{Mechanism, Way};
    use crate::rv::Rv;

    const RSA: Algorithm = Algorithm::Rsa(RsaBits::B2048);

    const EC: Algorithm = Algorithm::Ecdsa(EcdsaCurve::NistP256);

    fn parameter(numbers: &[CK_ULONG]) -> Vec<u8> {
        numbers.iter().flat_map(|one| one.to_ne_bytes()).collect()
    }

    #[test]
    fn a_mechanism_signs_with_keys_of_its_kind_alone() {
        let ecdsa = Mechanism::of(CKM_ECDSA, true).unwrap();
        assert_eq!(ecdsa.way(&[], EC), Ok(Way::Ecdsa(None)));
        let refused = Err(Rv(CKR_KEY_TYPE_INCONSISTENT));
        assert_eq!(ecdsa.way(&[], RSA), refused);
    }

    #[test]
    fn pss_takes_a_salt_as_long_as_the_digest_alone() {
        let pss = Mechanism::of(CKM_RSA_PKCS_PSS, true).unwrap();
        let right = parameter(&[CKM_SHA256, CKG_MGF1_SHA256, 32]);
        let way = Ok(Way::Pss(DigestHash::Sha256, false));
        assert_eq!(pss.way(&right, RSA), way);
        let refused = Err(Rv(CKR_MECHANISM_PARAM_INVALID));
        let wrong = [
            parameter(&[CKM_SHA256, CKG_MGF1_SHA256, 222]),
            parameter(&[CKM_SHA256, CKG_MGF1_SHA256 + 1, 32]),
            parameter(&[CKM_SHA256, CKG_MGF1_SHA256]),
            parameter(&[CKM_SHA256, CKG_MGF1_SHA256, 32, 0]),
            right[1..].to_vec(),
            Vec::new(),
        ];
        for wrong in wrong {
            assert_eq!(pss.way(&wrong, RSA), refused, "{wrong:?}");
        }
    }

    #[test]
    fn a_parameter_where_none_belongs_is_refused() {
        let ecdsa = Mechanism::of(CKM_ECDSA, true).unwrap();
        let refused = Err(Rv(CKR_MECHANISM_PARAM_INVALID));
        assert_eq!(ecdsa.way(&[0], EC), refused);
    }
}
