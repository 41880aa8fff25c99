//! Tests against a key that tpm2-openssl made.

use super::*;
use crate::store::fixtures::wrapped;

/// `openssl genpkey -provider tpm2 -algorithm EC -pkeyopt group:P-256 -pkeyopt
/// parent:0x81000001`, tpm2-openssl 1.1.1, with a TPM that is gone.
pub(super) const FROM_OPENSSL: &str = "\
-----BEGIN TSS2 PRIVATE KEY-----
MIHxBgZngQUKAQOgAwEBAQIFAIEAAAEEWABWACMACwAGAHIAAAAQABAAAwAQACB+
0BcXeboNrv/emPdQ6bWyL6O0g9WghqT6bqT/veE5sgAgJu1vd63mRzTejuopt7+H
qU2/yo5c51vz//KoxQMMdRQEgYAAfgAgzhN9w3/oZb1uazaR/4hm+l3tYumjxouz
pPkNWg9BsFsAEBbiHeSNSvZRO9wImC67Wo6AY1/8dTGdQvwrNu3FnEUWf5fYnNPW
feC6gAaJDwWimfr47/ZOr+YZ6DXNmq4GzFjMEghEBpNzLFNlpjUm2XGKIkxFh11h
27CXWQ==
-----END TSS2 PRIVATE KEY-----
";

fn bytes_of(text: &str) -> Vec<u8> {
    der::pem::decode_vec(text.as_bytes()).expect("PEM").1
}

fn with_bytes(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = bytes_of(FROM_OPENSSL);
    change(&mut bytes);
    der::pem::encode_string(KeyFile::PEM_LABEL, LineEnding::LF, &bytes).expect("PEM")
}

/// Where the content of `emptyAuth` is in the file above.
const TRUE_AT: usize = 15;

#[test]
fn a_key_that_tpm2_openssl_wrote_is_read() {
    let (blob, protection) = decode(FROM_OPENSSL).expect("a key");
    assert_eq!(protection, Protection::Nothing);
    assert_eq!(blob.public.len(), 2 + 0x56);
    assert_eq!(wrapped(&blob).len(), 2 + 0x7e);
    assert_eq!(blob.public[..6], [0x00, 0x56, 0x00, 0x23, 0x00, 0x0b]);
}

#[test]
fn what_is_written_differs_from_tpm2_openssl_by_the_true_of_der_alone() {
    let (blob, protection) = decode(FROM_OPENSSL).expect("a key");
    let ours = encode(&blob, protection).expect("a text");
    let theirs = with_bytes(|bytes| {
        assert_eq!(bytes[TRUE_AT], 0x01);
        bytes[TRUE_AT] = 0xff;
    });
    assert_eq!(ours, theirs);
    assert!(decode(&ours).expect("a key") == (blob, protection));
}

#[test]
fn a_key_with_a_pin_is_not_read() {
    let refused = decode(&with_bytes(|bytes| bytes[TRUE_AT] = 0));
    assert_eq!(refused.err(), Some(KeyDamage::NotAKeyFile));
}

#[test]
fn a_key_that_would_have_to_be_imported_is_not_read() {
    let refused = decode(&with_bytes(|bytes| bytes[TRUE_AT - 5] = 4));
    assert_eq!(refused.err(), Some(KeyDamage::NotLoadable));
}

#[test]
fn a_key_under_another_parent_is_not_read() {
    let refused = decode(&with_bytes(|bytes| bytes[TRUE_AT + 7] = 2));
    assert_eq!(refused.err(), Some(KeyDamage::OtherParent));
}

#[test]
fn bytes_after_the_key_and_missing_bytes_are_refused() {
    let longer = decode(&with_bytes(|bytes| bytes.push(0)));
    assert_eq!(longer.err(), Some(KeyDamage::NotAKeyFile));
    let shorter = decode(&with_bytes(|bytes| bytes.truncate(200)));
    assert_eq!(shorter.err(), Some(KeyDamage::NotAKeyFile));
}

#[test]
fn a_text_under_another_label_is_refused() {
    let other = FROM_OPENSSL.replace("TSS2 PRIVATE", "PRIVATE");
    assert_eq!(decode(&other).err(), Some(KeyDamage::NotAKeyFile));
}

#[test]
fn parts_of_wrong_length_are_neither_read_nor_written() {
    let (whole, _) = decode(FROM_OPENSSL).expect("a key");
    let cut = KeyBlob {
        private: wrapped(&whole)[..9].to_vec().into(),
        ..whole.clone()
    };
    assert_eq!(
        encode(&cut, Protection::Nothing).err(),
        Some(KeyDamage::Length)
    );
    let bare = KeyBlob {
        public: whole.public[2..].into(),
        ..whole.clone()
    };
    assert_eq!(
        encode(&bare, Protection::Nothing).err(),
        Some(KeyDamage::Length)
    );
    let mut private = vec![0x08, 0x00];
    private.resize(2 + 0x800, 7);
    let private = private.into();
    let long = KeyBlob { private, ..whole };
    assert_eq!(
        encode(&long, Protection::Nothing).err(),
        Some(KeyDamage::Length)
    );
    let content_of_public = with_bytes(|bytes| bytes[TRUE_AT + 11] += 1);
    assert_eq!(decode(&content_of_public).err(), Some(KeyDamage::Length));
}
