//! Holds what a file asks for against the bounds.

use crate::bounds::{
    MAX_ARGON2_KIB, MAX_BCRYPT_ROUNDS, MAX_KDF_MEMORY_BYTES, MAX_PBKDF2_ITERATIONS,
    MAX_SCRYPT_BLOCKS,
};
use crate::error::KeyFileError;

/// All of the bounds on work. Tests that read many inputs set lower ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bcrypt_rounds: u32,
    pub(crate) pbkdf2_iterations: u32,
    pub(crate) memory_bytes: u64,
    pub(crate) scrypt_blocks: u64,
    pub(crate) argon2_kib: u64,
}

impl Bounds {
    /// Those of the constants here.
    pub(crate) const USUAL: Self = Self {
        bcrypt_rounds: MAX_BCRYPT_ROUNDS,
        pbkdf2_iterations: MAX_PBKDF2_ITERATIONS,
        memory_bytes: MAX_KDF_MEMORY_BYTES,
        scrypt_blocks: MAX_SCRYPT_BLOCKS,
        argon2_kib: MAX_ARGON2_KIB,
    };
}

/// Holds `asked` against `most`.
pub(crate) fn hold(
    what: &'static str,
    asked: impl Into<u64>,
    most: impl Into<u64>,
) -> Result<(), KeyFileError> {
    let (asked, most) = (asked.into(), most.into());
    if asked > most {
        return Err(KeyFileError::TooCostly { what, asked, most });
    }
    Ok(())
}
