//! A key whose user is gone as clients see it.

use ssh_key::PublicKey;
use sshtpm_dbus::{OrphanInfo, WireWord};

use super::front_door::Rejected;
use super::key_info::internal;
use sshtpm_core::service::Orphan;

/// # Errors
///
/// The public key has no text.
pub(super) fn orphan_info(orphan: &Orphan) -> Result<OrphanInfo, Rejected> {
    let key = &orphan.key;
    let record = &key.record;
    let public_key = PublicKey::from(record.key.public.clone()).to_openssh();
    let present = orphan.present.as_ref();
    Ok(OrphanInfo {
        uid: record.owner.uid().0,
        owner: record.owner.name().as_str().to_owned(),
        present_owner: present
            .map(|name| name.as_str().to_owned())
            .unwrap_or_default(),
        fingerprint: key.fingerprint.to_string(),
        algorithm: record.algorithm.ssh_name().to_owned(),
        bits: record.algorithm.bits(),
        comment: record.comment.as_str().to_owned(),
        public_key: public_key.map_err(|_| internal("the public key has no text"))?,
        created: record.created,
        last_used: key.tally.last.unwrap_or(0),
        state: WireWord(key.state),
        persistent: record.key.persistent.is_some(),
        origin: WireWord(record.origin),
        archived: orphan.archived,
    })
}
