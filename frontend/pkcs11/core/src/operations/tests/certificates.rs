//! Certificates as objects. OpenSSL made them.

use cryptoki_sys::{
    CK_ATTRIBUTE_TYPE, CKA_CERTIFICATE_TYPE, CKA_CLASS, CKA_ID, CKA_ISSUER, CKA_SERIAL_NUMBER,
    CKA_SUBJECT, CKA_TOKEN, CKA_VALUE, CKC_X_509, CKO_CERTIFICATE, CKO_PRIVATE_KEY,
    CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT,
};
use der::Decode as _;
use spki::SubjectPublicKeyInfoRef;

use super::Trial;
use crate::attributes::Attribute;
use crate::certificate::Certificate;
use crate::fake_keys::{a_key, an_rsa_key};
use crate::key::{Key, PublicHalf};
use crate::rv::Rv;
use crate::template::Template;

const EC: &[u8] = include_bytes!("../../../../../../fuzz/corpus/x509-certificates/ec.der");

const RSA: &[u8] = include_bytes!("../../../../../../fuzz/corpus/x509-certificates/rsa.der");

/// The key that a certificate is of.
fn key_of(der: &[u8]) -> Key {
    let parsed = Certificate::parse(der).unwrap();
    let info = SubjectPublicKeyInfoRef::from_der(parsed.public_key_info()).unwrap();
    let bits = info.subject_public_key.raw_bytes();
    if let Ok(numbers) = pkcs1::RsaPublicKey::from_der(bits) {
        let public = PublicHalf::Rsa {
            modulus: numbers.modulus.as_bytes().to_vec(),
            exponent: numbers.public_exponent.as_bytes().to_vec(),
        };
        return Key {
            public,
            ..an_rsa_key()
        };
    }
    Key {
        public: PublicHalf::Point(bits.to_vec()),
        ..a_key("one", false)
    }
}

fn create(trial: &Trial, given: &[(CK_ATTRIBUTE_TYPE, &[u8])]) -> Result<u64, Rv> {
    let mut template = Template::default();
    for (kind, value) in given {
        template.push(*kind, value).unwrap();
    }
    trial.module.create_object(trial.session(), &template)
}

#[test]
fn a_certificate_is_kept_with_its_key_and_read_back() {
    let trial = Trial::with([key_of(EC), key_of(RSA)]);
    let class = CKO_CERTIFICATE.to_ne_bytes();
    for der in [EC, RSA] {
        let object = create(&trial, &[(CKA_CLASS, &class), (CKA_VALUE, der)]).unwrap();
        let session = trial.session();
        let answers = trial.module.attributes(session, object, &[CKA_VALUE]);
        assert_eq!(answers, Ok(vec![Attribute::Is(der.to_vec())]));
    }
    assert_eq!(trial.of_class(trial.session(), CKO_CERTIFICATE).len(), 2);
}

#[test]
fn the_names_in_a_certificate_are_attributes() {
    let trial = Trial::with([key_of(RSA)]);
    let class = CKO_CERTIFICATE.to_ne_bytes();
    let object = create(&trial, &[(CKA_CLASS, &class), (CKA_VALUE, RSA)]).unwrap();
    let session = trial.session();
    let kinds = [CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER];
    let answers = trial.module.attributes(session, object, &kinds).unwrap();
    // CN = bob, as a UTF8String.
    let bob = b"\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03bob".to_vec();
    assert_eq!(answers[..2], [bob.clone(), bob].map(Attribute::Is));
    assert!(matches!(&answers[2], Attribute::Is(number) if number.starts_with(&[2, 20])));
}

#[test]
fn a_certificate_has_the_id_of_its_key() {
    let trial = Trial::with([key_of(EC)]);
    let class = CKO_CERTIFICATE.to_ne_bytes();
    let certificate = create(&trial, &[(CKA_CLASS, &class), (CKA_VALUE, EC)]).unwrap();
    let session = trial.session();
    let key = trial.of_class(session, CKO_PRIVATE_KEY)[0];
    let id = |object| trial.module.attributes(session, object, &[CKA_ID]).unwrap();
    assert_eq!(id(certificate), id(key));
}

#[test]
fn what_is_not_the_certificate_of_a_key_is_refused() {
    let trial = Trial::with([key_of(EC)]);
    let certificate = CKO_CERTIFICATE.to_ne_bytes();
    let other_class = CKO_PRIVATE_KEY.to_ne_bytes();
    let other_kind = (CKC_X_509 + 1).to_ne_bytes();
    let class = (CKA_CLASS, certificate.as_slice());
    let value = (CKA_VALUE, EC);
    let inconsistent = Rv(CKR_TEMPLATE_INCONSISTENT);
    let refusal = |given: &[_]| create(&trial, given).err();
    assert_eq!(refusal(&[value]), Some(inconsistent));
    assert_eq!(
        refusal(&[(CKA_CLASS, &other_class), value]),
        Some(inconsistent)
    );
    let kind = (CKA_CERTIFICATE_TYPE, other_kind.as_slice());
    assert_eq!(refusal(&[class, kind, value]), Some(inconsistent));
    assert_eq!(
        refusal(&[class, (CKA_TOKEN, &[0]), value]),
        Some(inconsistent)
    );
    assert_eq!(refusal(&[class, (CKA_VALUE, RSA)]), Some(inconsistent));
    assert_eq!(refusal(&[class]), Some(Rv(CKR_TEMPLATE_INCOMPLETE)));
    let cut = (CKA_VALUE, &EC[1..]);
    assert_eq!(
        refusal(&[class, cut]),
        Some(Rv(CKR_ATTRIBUTE_VALUE_INVALID))
    );
    assert_eq!(
        trial.of_class(trial.session(), CKO_CERTIFICATE),
        Vec::<u64>::new()
    );
}

#[test]
fn a_certificate_is_deleted_without_its_key() {
    let trial = Trial::with([key_of(EC)]);
    let class = CKO_CERTIFICATE.to_ne_bytes();
    let certificate = create(&trial, &[(CKA_CLASS, &class), (CKA_VALUE, EC)]).unwrap();
    let session = trial.session();
    trial.module.destroy_object(session, certificate).unwrap();
    assert_eq!(trial.of_class(session, CKO_CERTIFICATE), Vec::<u64>::new());
    assert_eq!(trial.of_class(session, CKO_PRIVATE_KEY).len(), 1);
}
