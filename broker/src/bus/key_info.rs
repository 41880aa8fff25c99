//! A key as clients see it.

use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::{Error, Identity, KeyInfo, WireWord};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::word::Word as _;

use super::front_door::Rejected;
use sshtpm_core::certificates::UserCertificate;
use sshtpm_core::key::{KeyRecord, Protection};
use sshtpm_core::restrictions::{Confirmation, Destination, Forwarding, Hop, HostKey, Screen};
use sshtpm_core::service::ListedKey;

/// # Errors
///
/// A public key has no text.
pub(super) fn info(key: &ListedKey) -> Result<KeyInfo, Rejected> {
    let record = &key.record;
    let restrictions = &record.restrictions;
    let derivation = record.key.derivation();
    let destinations = restrictions.destinations.named().iter();
    Ok(KeyInfo {
        fingerprint: key.fingerprint.to_string(),
        algorithm: record.algorithm.ssh_name().to_owned(),
        bits: record.algorithm.bits(),
        comment: record.comment.as_str().to_owned(),
        public_key: public_key(&record.key.public)
            .to_openssh()
            .map_err(|_| internal("the public key has no text"))?,
        owner: record.owner.name().as_str().to_owned(),
        created: record.created,
        origin: WireWord(record.origin),
        holding: WireWord(record.key.holding),
        backed_up: record.backed_up,
        hierarchy: derivation
            .map(|from| from.hierarchy().to_string())
            .unwrap_or_default(),
        label: derivation
            .map(|from| from.label().to_string())
            .unwrap_or_default(),
        template: derivation
            .map(|from| from.template().word().to_owned())
            .unwrap_or_default(),
        state: WireWord(key.state),
        purposes: restrictions
            .purposes
            .iter()
            .map(|one| one.name().to_owned())
            .collect(),
        namespaces: restrictions.namespaces.named().to_vec(),
        destinations: destinations.map(destination).collect::<Result<_, _>>()?,
        forwarding: restrictions.forwarding == Forwarding::Allowed,
        confirm: restrictions.confirmation == Confirmation::EachUse,
        while_unlocked: restrictions.screen == Screen::Unlocked,
        pin: record.key.protection == Protection::Pin,
        unlocked: key.unlocked,
        stops_in_lockout: record.key.stops_in_lockout(),
        uses: key.tally.signatures,
        last_used: key.tally.last.unwrap_or(0),
        persistent: record.key.persistent.is_some(),
        persistent_by: persistent_by(record),
        certificates: record
            .certificates
            .iter()
            .map(|one| one.blob().to_vec())
            .collect(),
        pcrs: record
            .key
            .pcr_selection()
            .map(|pcrs| pcrs.to_string())
            .unwrap_or_default(),
        changed_pcrs: key.changed_pcrs.iter().copied().map(u32::from).collect(),
    })
}

/// Who decided that the TPM keeps a key; empty if it does not.
pub(super) fn persistent_by(record: &KeyRecord) -> String {
    let there = record.key.persistent.as_ref();
    there.map(|there| there.by.to_string()).unwrap_or_default()
}

/// # Errors
///
/// A public key has no blob.
pub(super) fn identity(record: &KeyRecord) -> Result<Identity, Rejected> {
    let blob = public_key(&record.key.public).to_bytes();
    Ok(Identity {
        blob: blob.map_err(|_| internal("the public key has no blob"))?,
        comment: record.comment.as_str().to_owned(),
    })
}

/// A certificate of the key of `record`, as agents offer it.
pub(super) fn certificate(record: &KeyRecord, certificate: &UserCertificate) -> Identity {
    Identity {
        blob: certificate.blob().to_vec(),
        comment: record.comment.as_str().to_owned(),
    }
}

fn destination(destination: &Destination) -> Result<sshtpm_dbus::Destination, Rejected> {
    let user = destination.user.as_ref();
    let from = destination.from.as_ref();
    Ok(sshtpm_dbus::Destination {
        from_host: from.map(|hop| hop.host().to_owned()).unwrap_or_default(),
        from_keys: from.map(host_keys).transpose()?.unwrap_or_default(),
        to_user: user
            .map(|user| user.as_str().to_owned())
            .unwrap_or_default(),
        to_host: destination.to.host().to_owned(),
        to_keys: host_keys(&destination.to)?,
    })
}

fn host_keys(hop: &Hop) -> Result<Vec<sshtpm_dbus::HostKey>, Rejected> {
    hop.keys().iter().map(host_key).collect()
}

fn host_key(host_key: &HostKey) -> Result<sshtpm_dbus::HostKey, Rejected> {
    let blob = public_key(&host_key.key).to_bytes();
    Ok(sshtpm_dbus::HostKey {
        blob: blob.map_err(|_| internal("a host key has no blob"))?,
        is_authority: host_key.is_authority,
    })
}

fn public_key(key: &KeyData) -> PublicKey {
    PublicKey::from(key.clone())
}

pub(super) fn internal(text: &str) -> Rejected {
    Rejected::Bus(Error::new(ErrorKind::Internal, text))
}
