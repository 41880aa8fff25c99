//! Attributes of objects.
//!
//! Specs: PKCS #11 2.40 Base Specification, section 4; Current Mechanisms, sections 2.1 (RSA) and
//! 2.3 (EC).

use cryptoki_sys::{
    CK_ATTRIBUTE_TYPE, CK_FALSE, CK_TRUE, CK_ULONG, CK_UNAVAILABLE_INFORMATION,
    CKA_ALLOWED_MECHANISMS, CKA_ALWAYS_AUTHENTICATE, CKA_ALWAYS_SENSITIVE,
    CKA_CERTIFICATE_CATEGORY, CKA_CERTIFICATE_TYPE, CKA_CLASS, CKA_COEFFICIENT, CKA_COPYABLE,
    CKA_DECRYPT, CKA_DERIVE, CKA_DESTROYABLE, CKA_EC_PARAMS, CKA_EC_POINT, CKA_ENCRYPT,
    CKA_END_DATE, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_EXTRACTABLE, CKA_ID, CKA_ISSUER,
    CKA_KEY_GEN_MECHANISM, CKA_KEY_TYPE, CKA_LABEL, CKA_LOCAL, CKA_MODIFIABLE, CKA_MODULUS,
    CKA_MODULUS_BITS, CKA_NEVER_EXTRACTABLE, CKA_PRIME_1, CKA_PRIME_2, CKA_PRIVATE,
    CKA_PRIVATE_EXPONENT, CKA_PUBLIC_EXPONENT, CKA_PUBLIC_KEY_INFO, CKA_SENSITIVE,
    CKA_SERIAL_NUMBER, CKA_SIGN, CKA_SIGN_RECOVER, CKA_START_DATE, CKA_SUBJECT, CKA_TOKEN,
    CKA_TRUSTED, CKA_UNWRAP, CKA_VALUE, CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_WRAP,
    CKA_WRAP_WITH_TRUSTED, CKC_X_509, CKK_EC, CKK_RSA, CKM_EC_KEY_PAIR_GEN,
    CKM_RSA_PKCS_KEY_PAIR_GEN,
};
use sha1::{Digest as _, Sha1};

use crate::certificate::Certificate;
use crate::der_forms::{curve, point, public_key_info};
use crate::key::{Key, PublicHalf};
use crate::mechanism::Mechanism;
use crate::objects::{Held, Part};
use crate::template::Template;

/// The answer to a question for an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Its value.
    Is(Vec<u8>),
    /// There is one, which nobody is told.
    Secret,
    /// The object has none.
    Missing,
}

impl Attribute {
    fn flag(value: bool) -> Self {
        Self::Is(vec![if value { CK_TRUE } else { CK_FALSE }])
    }

    fn number(value: CK_ULONG) -> Self {
        Self::Is(value.to_ne_bytes().to_vec())
    }

    fn or_missing(value: Option<Vec<u8>>) -> Self {
        value.map_or(Self::Missing, Self::Is)
    }
}

/// The attribute `kind` of the object that is `part` of `held`. `has_pss`: whether the TPM makes
/// PSS signatures.
pub(crate) fn attribute(
    held: &Held,
    part: Part,
    kind: CK_ATTRIBUTE_TYPE,
    has_pss: bool,
) -> Attribute {
    match of_every_object(held, part, kind) {
        Attribute::Missing => match (part, &held.certificate) {
            (Part::Private, _) => of_private_key(&held.key, kind, has_pss),
            (Part::Public, _) => of_public_key(&held.key, kind),
            (Part::Certificate, Some(certificate)) => of_certificate(certificate, kind),
            (Part::Certificate, None) => Attribute::Missing,
        },
        found => found,
    }
}

/// Whether the object has all attributes of `template`. `has_pss`: as for [`attribute`].
pub(crate) fn fits(held: &Held, part: Part, template: &Template<'_>, has_pss: bool) -> bool {
    let mut wanted = template.iter();
    wanted.all(|(kind, value)| match attribute(held, part, kind, has_pss) {
        Attribute::Is(own) => own == value,
        Attribute::Secret | Attribute::Missing => false,
    })
}

fn of_every_object(held: &Held, part: Part, kind: CK_ATTRIBUTE_TYPE) -> Attribute {
    match kind {
        CKA_CLASS => Attribute::number(part.class()),
        CKA_TOKEN | CKA_DESTROYABLE => Attribute::flag(true),
        CKA_PRIVATE | CKA_MODIFIABLE | CKA_COPYABLE => Attribute::flag(false),
        CKA_LABEL => Attribute::Is(held.key.comment.clone().into_bytes()),
        CKA_ID => Attribute::Is(Sha1::digest(held.key.number()).to_vec()),
        CKA_START_DATE | CKA_END_DATE => Attribute::Is(Vec::new()),
        _ => Attribute::Missing,
    }
}

fn of_private_key(key: &Key, kind: CK_ATTRIBUTE_TYPE, has_pss: bool) -> Attribute {
    match kind {
        CKA_SIGN | CKA_SENSITIVE => Attribute::flag(true),
        CKA_ALWAYS_SENSITIVE | CKA_NEVER_EXTRACTABLE => Attribute::flag(key.generated),
        CKA_EXTRACTABLE
        | CKA_SIGN_RECOVER
        | CKA_DECRYPT
        | CKA_UNWRAP
        | CKA_WRAP_WITH_TRUSTED
        | CKA_ALWAYS_AUTHENTICATE => Attribute::flag(false),
        CKA_ALLOWED_MECHANISMS => {
            let signing = Mechanism::signing_with(key.algorithm, has_pss);
            Attribute::Is(signing.flat_map(CK_ULONG::to_ne_bytes).collect())
        }
        CKA_PRIVATE_EXPONENT | CKA_PRIME_1 | CKA_PRIME_2 | CKA_EXPONENT_1 | CKA_EXPONENT_2
        | CKA_COEFFICIENT
            if matches!(key.public, PublicHalf::Rsa { .. }) =>
        {
            Attribute::Secret
        }
        CKA_VALUE if matches!(key.public, PublicHalf::Point(_)) => Attribute::Secret,
        _ => of_either_half(key, kind),
    }
}

fn of_public_key(key: &Key, kind: CK_ATTRIBUTE_TYPE) -> Attribute {
    match kind {
        CKA_VERIFY => Attribute::flag(true),
        CKA_ENCRYPT | CKA_WRAP | CKA_VERIFY_RECOVER | CKA_TRUSTED => Attribute::flag(false),
        _ => of_either_half(key, kind),
    }
}

/// Programs that have no public key object read the public half from the private one.
fn of_either_half(key: &Key, kind: CK_ATTRIBUTE_TYPE) -> Attribute {
    match kind {
        CKA_DERIVE => Attribute::flag(false),
        CKA_LOCAL => Attribute::flag(key.generated),
        CKA_PUBLIC_KEY_INFO => Attribute::or_missing(public_key_info(key)),
        CKA_SUBJECT => Attribute::Is(Vec::new()),
        _ => of_number(key, kind),
    }
}

fn of_number(key: &Key, kind: CK_ATTRIBUTE_TYPE) -> Attribute {
    let generator = |mechanism| match key.generated {
        true => mechanism,
        false => CK_UNAVAILABLE_INFORMATION,
    };
    match (&key.public, kind) {
        (PublicHalf::Point(_), CKA_KEY_TYPE) => Attribute::number(CKK_EC),
        (PublicHalf::Point(_), CKA_EC_PARAMS) => Attribute::or_missing(curve(key.algorithm)),
        (PublicHalf::Point(bytes), CKA_EC_POINT) => Attribute::or_missing(point(bytes)),
        (PublicHalf::Point(_), CKA_KEY_GEN_MECHANISM) => {
            Attribute::number(generator(CKM_EC_KEY_PAIR_GEN))
        }
        (PublicHalf::Rsa { .. }, CKA_KEY_TYPE) => Attribute::number(CKK_RSA),
        (PublicHalf::Rsa { modulus, .. }, CKA_MODULUS) => Attribute::Is(modulus.clone()),
        (PublicHalf::Rsa { exponent, .. }, CKA_PUBLIC_EXPONENT) => Attribute::Is(exponent.clone()),
        (PublicHalf::Rsa { .. }, CKA_MODULUS_BITS) => {
            Attribute::number(key.algorithm.bits().into())
        }
        (PublicHalf::Rsa { .. }, CKA_KEY_GEN_MECHANISM) => {
            Attribute::number(generator(CKM_RSA_PKCS_KEY_PAIR_GEN))
        }
        _ => Attribute::Missing,
    }
}

fn of_certificate(certificate: &Certificate, kind: CK_ATTRIBUTE_TYPE) -> Attribute {
    match kind {
        CKA_CERTIFICATE_TYPE => Attribute::number(CKC_X_509),
        // CK_CERTIFICATE_CATEGORY_TOKEN_USER
        CKA_CERTIFICATE_CATEGORY => Attribute::number(1),
        CKA_TRUSTED => Attribute::flag(false),
        CKA_SUBJECT => Attribute::Is(certificate.subject.clone()),
        CKA_ISSUER => Attribute::Is(certificate.issuer.clone()),
        CKA_SERIAL_NUMBER => Attribute::Is(certificate.serial_number.clone()),
        CKA_VALUE => Attribute::Is(certificate.der.clone()),
        _ => Attribute::Missing,
    }
}
