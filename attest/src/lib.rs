//! Verifies that an SSH key is in a TPM, without a TPM.
//!
//! Purpose: a [`Statement`] is what a TPM says of a key, with what the broker claims of it. To
//! verify one yields a [`Verified`], whose parameter tells how far the proof goes: [`NotBound`]
//! says that one attestation key vouches for the key, which anybody's could. An [`Enrolment`] ties
//! that attestation key to the endorsement key of a TPM, and only then is there a [`Proved`]. A
//! [`Challenge`] is how an enrolment comes to be. [`AttestationFile`] is how a statement travels.
//!
//! Must never do I/O, ask for the time, or let a caller mistake a part of a proof for the whole.
//!
//! Specs: TPM 2.0 Library, Part 1 "Attestation" and "Credential Protection", Part 2 `TPMS_ATTEST`,
//! `TPMT_PUBLIC`, `TPMT_SIGNATURE`; TCG EK Credential Profile for TPM Family 2.0; RFC 5280.

mod attestation_key;
mod base64;
mod certified;
mod certified_key;
mod challenge;
mod endorsement;
mod enrolment;
mod error;
#[cfg(test)]
mod examples;
mod file;
#[cfg(test)]
mod fuzz;
mod json;
mod nonce;
mod proved;
mod roots;
mod signature;
mod statement;
#[cfg(test)]
mod tests;
mod verified;

pub use base64::Base64Bytes;
pub use challenge::{Answer, Challenge, ChallengeFile, NotEnrolled, Pending};
pub use endorsement::Endorsement;
pub use enrolment::Enrolment;
pub use error::NotProved;
pub use file::AttestationFile;
pub use json::{MAX_FILE_BYTES, NotAFile};
pub use nonce::FreshNonce;
pub use proved::{NOT_PROVED, Proved, TpmKnownBy};
pub use roots::certificates_in;
pub use statement::Statement;
pub use verified::{EkByChain, EkByHash, NotBound, Verified};
