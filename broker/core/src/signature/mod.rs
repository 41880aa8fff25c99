//! How data is signed: which hash, what the TPM is given, and what SSH gets.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3.1, RFC 8709 §6 (signature blobs).

mod digested;
pub(crate) mod foreign;
mod form;
mod numbers;
mod prehashed;
mod raw;
mod released;
mod salts;
mod scheme;
mod ssh_blob;
mod verification;

pub(crate) use digested::Digested;
pub use digested::NotADigest;
pub(crate) use form::Form;
pub(crate) use numbers::{P256_BYTES, fixed};
pub use raw::{BadSignature, RawSignature};
pub(crate) use released::Released;
pub(crate) use salts::Salts;
pub use scheme::{Digest, DigestToSign, Family, Scheme, ToSign};
pub(crate) use ssh_blob::release;
