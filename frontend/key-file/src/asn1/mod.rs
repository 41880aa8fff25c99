//! The formats in ASN.1: PKCS #1, SEC 1 and PKCS #8.

mod encrypted;
mod pkcs1;
mod pkcs8;
mod sec1;

pub(crate) use encrypted::Encrypted;
pub(crate) use pkcs1::pkcs1;
pub(crate) use pkcs8::pkcs8;
pub(crate) use sec1::sec1;
