//! PuTTY's format, `.ppk`, versions 2 and 3.
//!
//! Own reader: no crate that is kept reads it with both versions and within bounds.
//!
//! Specs: the PuTTY manual, appendix "PPK file format"; RFC 9106 (Argon2).

mod encryption;
mod fields;
mod ppk;
mod private;

pub(crate) use ppk::Ppk;
