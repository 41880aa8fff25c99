//! Reads private key files, so that a TPM can take over the keys in them.
//!
//! Purpose: [`KeyFile::read`] recognizes a file of OpenSSH, OpenSSL or PuTTY, and
//! [`KeyFile::open`] decrypts it and returns a [`PrivateKey`]. A key is returned only if its
//! private part belongs to its public part, and if sshtpm can keep it: ECDSA over a NIST curve, RSA
//! of 2048, 3072 or 4096 bits with the exponent 65537, and Ed25519. [`tss2`] reads and writes files
//! with keys that are encrypted for a TPM.
//!
//! Must never do I/O, print a private key or a passphrase, or leave one in memory that is freed.
//! What a file asks of the machine (memory and time for a passphrase) is bounded by [`bounds`].
//!
//! Specs: OpenSSH `PROTOCOL.key`; RFC 8017 A.1.2 (PKCS #1), RFC 5915 (SEC 1), RFC 5958 (PKCS #8),
//! RFC 8018 (PBES2), RFC 7914 (scrypt), RFC 8410 (Ed25519); the PuTTY manual, "PPK file format";
//! ASN.1 Specification for TPM 2.0 Key Files.

pub mod armor;
mod asn1;
pub mod bounds;
mod curve;
mod effort;
mod error;
mod file;
#[cfg(test)]
mod fuzz;
mod key;
mod openssh;
mod public;
mod putty;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
pub mod tss2;

pub use error::{Format, KeyFileError, Unsuitable};
pub use file::KeyFile;
pub use key::{Ecdsa, Ed25519, PrivateKey, PrivatePart, Rsa};
