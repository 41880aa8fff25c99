//! By what a key is told from all others of the machine.

use crate::identity::Owner;
use crate::key::KeyRecord;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A key: its owner and its name.
pub(crate) type KeyId = (Owner, Fingerprint);

/// That of the key in `record`.
pub(crate) fn id(record: &KeyRecord) -> KeyId {
    (record.owner.clone(), record.fingerprint())
}
