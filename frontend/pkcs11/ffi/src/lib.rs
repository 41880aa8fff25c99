//! `libsshtpm_pkcs11.so`: the keys in the TPM for programs that speak PKCS #11.
//!
//! This crate is the boundary to C alone: `boundary.rs` checks pointers and lengths, and calls
//! `sshtpm-pkcs11-core` with slices and values. Nothing unwinds into the program, and nothing is
//! printed.
//!
//! Specs: PKCS #11 Cryptographic Token Interface Base Specification 2.40 (OASIS);
//! `C_GetInterfaceList` and `C_GetInterface` of 3.0.

#[expect(
    unsafe_code,
    reason = "C gives pointers. Each block says why what it does with one is sound."
)]
mod boundary;
mod entry;
#[cfg(test)]
#[expect(unsafe_code, reason = "the tests call what C calls")]
mod fuzz;
mod identity;
mod start;
#[cfg(test)]
mod test_keys;
#[cfg(test)]
#[expect(unsafe_code, reason = "the tests call what C calls")]
mod tests;
mod unsupported;
