//! Wraps a private key for one TPM, so that it crosses the bus and the broker unread.
//!
//! Purpose: [`Parent::read`] checks that a public area is that of a storage key of a TPM, and
//! [`wrap()`] makes the [`Duplicate`] that `TPM2_Import` takes under it. Only the TPM with that
//! parent can unwrap it. [`Duplicate::to_file`] and [`Duplicate::of_file`] carry one to another
//! machine, whose parent [`Parent::to_text`] writes and [`Parent::read_file`] reads.
//!
//! Must never do I/O, wrap for a key that is not a storage key of a TPM, or leave a private key in
//! memory that is freed.
//!
//! Specs: TPM 2.0 Library, Part 1 "Duplication" and Annexes B and C (secret sharing); Part 2
//! `TPMT_PUBLIC`, `TPMT_SENSITIVE`, `TPM2B_PRIVATE`; Part 3 `TPM2_Import`.

mod area;
mod error;
mod file;
#[cfg(test)]
mod fuzz;
mod parent;
mod parent_file;
mod public_half;
mod sensitive;
mod wrap;

pub use error::NotWrapped;
pub use file::{NotForATpm, OfFile};
pub use parent::{NotAParent, Parent};
pub use public_half::{NoPublicHalf, PublicHalf};
pub use wrap::{Duplicate, wrap, wrap_bound};
