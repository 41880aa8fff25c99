//! Where the TCG puts the certificates of endorsement keys, and what kind of key each is of.
//!
//! Specs: TCG EK Credential Profile for TPM Family 2.0, version 2.5, §2.2.1.4 (low range), §2.2.1.5
//! (high range).

use std::ops::RangeInclusive;

/// A kind of endorsement key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    P256,
    P384,
    P521,
}

/// Which templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// The first ones: only PolicySecret of the endorsement hierarchy authorizes a use.
    Low,
    /// The later ones: an empty password does, too.
    High,
}

/// The NV index of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) index: u32,
    pub(super) kind: Kind,
    pub(super) range: Range,
}

/// All of them but SM2's, which no other part of sshtpm knows.
pub(super) const PLACES: [Place; 8] = [
    place(0x01c0_0002, Kind::Rsa2048, Range::Low),
    place(0x01c0_000a, Kind::P256, Range::Low),
    place(0x01c0_0012, Kind::Rsa2048, Range::High),
    place(0x01c0_0014, Kind::P256, Range::High),
    place(0x01c0_0016, Kind::P384, Range::High),
    place(0x01c0_0018, Kind::P521, Range::High),
    place(0x01c0_001c, Kind::Rsa3072, Range::High),
    place(0x01c0_001e, Kind::Rsa4096, Range::High),
];

/// Certificates of those that issued them.
pub(super) const CHAIN: RangeInclusive<u32> = 0x01c0_0100..=0x01c0_01ff;

/// The first index of the profile.
pub(super) const FIRST_INDEX: u32 = 0x01c0_0000;

/// Where endorsement keys are kept (TCG Registry of Reserved TPM 2.0 Handles and Localities,
/// §2.3.1).
pub(super) const PERSISTENT: RangeInclusive<u32> = 0x8101_0000..=0x8101_ffff;

const fn place(index: u32, kind: Kind, range: Range) -> Place {
    Place { index, kind, range }
}
