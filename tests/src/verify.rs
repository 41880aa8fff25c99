//! Signatures, verified without the broker and the TPM.

use serde_json::Value;
use signature::Verifier;
use ssh_key::{PublicKey, Signature};

use crate::call::text;

/// Checks that `signature` (bytes as JSON numbers, as [`crate::User::sign`] gives them) is one of
/// `data` by `key` (as `List` shows it), and gives the name of its algorithm.
///
/// # Panics
///
/// It is not.
#[track_caller]
pub fn verify(key: &Value, data: &[u8], signature: &Value) -> String {
    let public = PublicKey::from_openssh(&text(key, "PublicKey")).expect("a public key");
    let blob: Vec<u8> = serde_json::from_value(signature.clone()).expect("bytes");
    let signature = Signature::try_from(blob.as_slice()).expect("an SSH signature");
    let verified = public.key_data().verify(data, &signature);
    verified.unwrap_or_else(|error| panic!("no signature by {key}: {error}"));
    signature.algorithm().as_str().to_owned()
}
