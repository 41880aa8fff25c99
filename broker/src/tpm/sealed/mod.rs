//! Keys that the TPM seals and the broker signs with, because no TPM signs with Ed25519.
//!
//! Purpose: make a seed and have the TPM seal it ([`mod@create`]), have the TPM unseal it
//! ([`mod@unseal`]) and sign with it ([`seed`]), and keep it ready for a while ([`kept`]). Must
//! never let a seed leave this module except as a signature, go over the chip's bus in clear, or be
//! used with a public key that is not its own.
//!
//! Specs: TPM 2.0 Part 1, "Sealed Data"; Part 3, §12.1 (TPM2_Create), §12.7 (TPM2_Unseal); RFC 8032
//! (Ed25519).

mod create;
#[cfg(test)]
pub(super) mod fixtures;
mod kept;
mod seed;
mod unseal;

pub(super) use create::create;
pub(super) use kept::{Generation, KeptSeeds};
pub(super) use seed::Seed;
pub(super) use unseal::{load_and_unseal, unseal, unseal_untried};
