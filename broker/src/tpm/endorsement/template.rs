//! The templates of endorsement keys.
//!
//! `tss_esapi` has those of the low range, and those of the high range that the low one does not
//! have; here, RSA-2048 and P-256 of the high range are made of them.
//!
//! Specs: TCG EK Credential Profile for TPM Family 2.0, version 2.5, annex B.3 (L-1, L-2), B.4 (H-1
//! to H-7).

use tss_esapi::Result;
use tss_esapi::abstraction::ek::create_ek_public_from_default_template_2;
use tss_esapi::abstraction::{AsymmetricAlgorithmSelection, KeyCustomization};
use tss_esapi::attributes::ObjectAttributesBuilder;
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::key_bits::RsaKeyBits;
use tss_esapi::structures::{Digest, EccPoint, Public, PublicBuilder, PublicKeyRsa};

use super::place::{Kind, Range};
use sshtpm_core::derivation::POLICY_B;

/// The template of a kind of key.
pub(super) fn of(kind: Kind, range: Range) -> Result<Public> {
    let algorithm = match kind {
        Kind::Rsa2048 => AsymmetricAlgorithmSelection::Rsa(RsaKeyBits::Rsa2048),
        Kind::Rsa3072 => AsymmetricAlgorithmSelection::Rsa(RsaKeyBits::Rsa3072),
        Kind::Rsa4096 => AsymmetricAlgorithmSelection::Rsa(RsaKeyBits::Rsa4096),
        Kind::P256 => AsymmetricAlgorithmSelection::Ecc(EccCurve::NistP256),
        Kind::P384 => AsymmetricAlgorithmSelection::Ecc(EccCurve::NistP384),
        Kind::P521 => AsymmetricAlgorithmSelection::Ecc(EccCurve::NistP521),
    };
    match (kind, range) {
        (Kind::Rsa2048 | Kind::P256, Range::High) => {
            let policy = Digest::try_from(&POLICY_B[..])?;
            create_ek_public_from_default_template_2(algorithm, High { kind, policy })
        }
        _ => create_ek_public_from_default_template_2(algorithm, None),
    }
}

/// What the high range has otherwise.
struct High {
    kind: Kind,
    policy: Digest,
}

impl KeyCustomization for High {
    fn attributes(&self, attributes: ObjectAttributesBuilder) -> ObjectAttributesBuilder {
        attributes.with_user_with_auth(true)
    }

    fn template(&self, template: PublicBuilder) -> PublicBuilder {
        let template = template.with_auth_policy(self.policy.clone());
        match self.kind {
            Kind::Rsa2048 => template.with_rsa_unique_identifier(PublicKeyRsa::default()),
            _ => template.with_ecc_unique_identifier(EccPoint::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tpm::endorsement::place::PLACES;

    #[test]
    fn every_kind_of_the_profile_has_a_template() {
        for place in PLACES {
            let template = of(place.kind, place.range).expect("a template");
            let attributes = template.object_attributes();
            let needs_policy = place.range == Range::Low;
            assert_eq!(attributes.user_with_auth(), !needs_policy, "{place:?}");
            assert!(attributes.restricted() && attributes.decrypt(), "{place:?}");
        }
    }
}
