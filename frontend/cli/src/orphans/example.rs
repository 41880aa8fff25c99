//! A key for tests.

use sshtpm_dbus::{OrphanInfo, WireWord};
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::tpm::KeyState;

/// A P-256 key of a user who had uid 1000.
pub(crate) fn example_orphan(owner: &str, fingerprint: &str) -> OrphanInfo {
    OrphanInfo {
        uid: 1000,
        owner: owner.to_owned(),
        present_owner: String::new(),
        fingerprint: fingerprint.to_owned(),
        algorithm: "ecdsa-sha2-nistp256".to_owned(),
        bits: 256,
        comment: "laptop".to_owned(),
        public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
        created: 1_700_000_000,
        last_used: 0,
        state: WireWord(KeyState::Usable),
        persistent: false,
        origin: WireWord(Origin::Generated),
        archived: false,
    }
}
