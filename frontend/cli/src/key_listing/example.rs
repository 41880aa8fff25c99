//! A key for tests.

use sshtpm_dbus::{KeyInfo, WireWord};
use sshtpm_ssh::origin::{Holding, Origin};
use sshtpm_ssh::tpm::KeyState;

/// A P-256 key that was never used.
pub(crate) fn example_key() -> KeyInfo {
    KeyInfo {
        fingerprint: "SHA256:JQ6FV0rf7qqJHZqIj4zNH8eV0oB8KLKh9Pph3FTD98g".to_owned(),
        algorithm: "ecdsa-sha2-nistp256".to_owned(),
        bits: 256,
        comment: "ann@host".to_owned(),
        public_key: "ecdsa-sha2-nistp256 \
            AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHwf2HMM5TRXvo2SQJjsNki\
            DD5KqiiNjrGVv3UUh+mMT5RHxiRtOnlqvjhQtBq0VpmpCV/PwUdhOig4vkbqAcEc="
            .to_owned(),
        owner: "ann".to_owned(),
        created: 1_700_000_000,
        origin: WireWord(Origin::Generated),
        holding: WireWord(Holding::Tpm),
        backed_up: false,
        hierarchy: String::new(),
        label: String::new(),
        template: String::new(),
        state: WireWord(KeyState::Usable),
        purposes: vec!["auth".to_owned(), "sign".to_owned()],
        namespaces: Vec::new(),
        destinations: Vec::new(),
        forwarding: true,
        confirm: false,
        while_unlocked: false,
        pin: false,
        unlocked: false,
        stops_in_lockout: false,
        uses: 0,
        last_used: 0,
        persistent: false,
        persistent_by: String::new(),
        certificates: Vec::new(),
        pcrs: String::new(),
        changed_pcrs: Vec::new(),
    }
}
