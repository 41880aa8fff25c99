//! Versions of records, by what those of before lack.

/// The one that is written.
pub(super) const VERSION: u64 = 8;

/// Records of before the broker chose keys that the TPM keeps.
pub(super) const WITHOUT_CHOICE: u64 = 7;

/// Records of before keys were derived, and before one could be bound to PCRs.
pub(super) const WITHOUT_DERIVED_AND_PCRS: u64 = 6;

/// Records of before keys came from elsewhere.
pub(super) const WITHOUT_ORIGIN: u64 = 5;

/// Records of before a key could depend on the screen of its owner.
pub(super) const WITHOUT_SCREEN: u64 = 4;

/// Records of before certificates were kept.
pub(super) const WITHOUT_CERTIFICATES: u64 = 3;

/// Records of before the TPM could keep keys.
pub(super) const WITHOUT_PERSISTENT: u64 = 2;

/// Records of before there were restrictions.
pub(super) const WITHOUT_RESTRICTIONS: u64 = 1;
