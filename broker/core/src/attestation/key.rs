//! The key with which a TPM signs what it states of one user's keys.
//!
//! Each user has one, so that the statements of two users have nothing in common. It is restricted:
//! it signs what the TPM itself states, and no digest that anybody gives.
//!
//! Specs: TPM 2.0 Part 1, "Restricted Attribute"; Part 2, §12.2.4 (TPMT_PUBLIC).

use crate::key::{KeyBlob, ParentName, PrivatePart};

/// A restricted signing key on P-256. No other shape is taken for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationKey {
    blob: KeyBlob,
    parent: ParentName,
    point: Box<[u8]>,
}

/// Longest TPM2B_PUBLIC of an attestation key, in bytes: it has 90.
pub const MAX_PUBLIC_BYTES: usize = 128;

/// Longest TPM2B_PRIVATE of an attestation key, in bytes: one of P-256 has some 130; a TPM whose
/// hash is longer makes longer ones.
pub const MAX_PRIVATE_BYTES: usize = 1024;

/// A TPMT_PUBLIC up to its coordinates: TPM_ALG_ECC; SHA-256 for Names; fixedTPM, fixedParent,
/// sensitiveDataOrigin, userWithAuth, noDA, restricted and sign; no policy; no symmetric algorithm;
/// ECDSA with SHA-256; P-256; no key derivation function.
pub(super) const SHAPE: [u8; 20] = [
    0x00, 0x23, 0x00, 0x0b, 0x00, 0x05, 0x04, 0x72, 0x00, 0x00, 0x00, 0x10, 0x00, 0x18, 0x00, 0x0b,
    0x00, 0x03, 0x00, 0x10,
];

/// Bytes of a coordinate on P-256. A TPM writes all of them (TPM 2.0 Part 1, "ECC Point Padding").
const COORDINATE_BYTES: u8 = 32;

/// Before the coordinates of a point that is not compressed (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

impl AttestationKey {
    /// A key under `parent`, from its TPM2B_PUBLIC and TPM2B_PRIVATE, both with their lengths.
    /// `None` if they are not those of an attestation key.
    pub fn new(public: Box<[u8]>, private: Box<[u8]>, parent: ParentName) -> Option<Self> {
        let fits = is_whole(&public, MAX_PUBLIC_BYTES) && is_whole(&private, MAX_PRIVATE_BYTES);
        fits.then_some(())?;
        let area = public.get(2..)?;
        let (x, rest) = coordinate(area.strip_prefix(&SHAPE)?)?;
        let (y, rest) = coordinate(rest)?;
        rest.is_empty().then_some(())?;
        let point = [&[UNCOMPRESSED], x, y].concat().into();
        let private = PrivatePart::Wrapped(private);
        let blob = KeyBlob { public, private };
        Some(Self {
            blob,
            parent,
            point,
        })
    }

    /// What the TPM needs to load it.
    pub fn blob(&self) -> &KeyBlob {
        &self.blob
    }

    /// The Name of the parent under which it is.
    pub fn parent(&self) -> &ParentName {
        &self.parent
    }

    /// Its TPMT_PUBLIC.
    pub fn public_area(&self) -> &[u8] {
        self.blob.public_area()
    }

    /// The public key as a point that is not compressed (SEC 1 §2.3.3).
    pub(super) fn point(&self) -> &[u8] {
        &self.point
    }
}

/// Whether `bytes` are a structure of up to `at_most` bytes, with its two bytes of length.
fn is_whole(bytes: &[u8], at_most: usize) -> bool {
    let content = bytes.split_first_chunk();
    bytes.len() <= at_most
        && content.is_some_and(|(length, content)| {
            usize::from(u16::from_be_bytes(*length)) == content.len()
        })
}

fn coordinate(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(&[0, COORDINATE_BYTES])?;
    rest.split_at_checked(usize::from(COORDINATE_BYTES))
}
