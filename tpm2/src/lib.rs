//! What TPM 2.0 says of bytes, for programs that have no TPM.
//!
//! Purpose: read and write structures ([`marshal`], [`Public`]), derive keys ([`kdf`]), and protect
//! a secret so that nobody but the TPM with a [`StorageKey`] learns it ([`StorageKey::protect`]):
//! that is how a key is wrapped for a TPM, and how a credential is made for one.
//!
//! Must never do I/O, protect something for a key that could leave a TPM, or leave a secret in
//! memory that is freed.
//!
//! Specs: TPM 2.0 Library, Part 1 "Data Formats", "Key Derivation Functions", "Protected Storage"
//! and Annexes B and C (secret sharing); Part 2 `TPMT_PUBLIC`.

pub mod ids;
pub mod kdf;
pub mod marshal;
mod protect;
mod public;
mod secret;
mod ssh;
mod storage_key;

pub use protect::Protected;
pub use public::{MAX_PUBLIC_BYTES, Object, Public, Scheme, Symmetric};
pub use secret::{NotShared, Purpose};
pub use ssh::point;
pub use storage_key::{NotAStorageKey, StorageKey};
