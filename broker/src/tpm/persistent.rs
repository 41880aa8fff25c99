//! Keys that the TPM itself keeps: using one takes one command, where a blob takes several.
//!
//! Purpose: find such a key, sign with it, put it there ([`persist`]) and take it out ([`evict`]). May
//! touch: objects at [`OwnHandle`]s. Must never use an object of which the Name is not that of the key in
//! the record, and never let a user wait or fail for one that is not there: the blob does all that it does.
//!
//! Whoever is in group `tss` can send commands to an object here, so it has a random authorization value.
//! That is in clear on the chip's bus at each use, as it is what makes one command of it: see
//! docs/THREAT-MODEL.md.
//!
//! Specs: TPM 2.0 Part 1, "Names", "Password Authorizations"; Part 3, §28.5 (TPM2_EvictControl).

pub(super) mod evict;
pub(super) mod persist;

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tss_esapi::constants::CapabilityType;
use tss_esapi::handles::{KeyHandle, PersistentTpmHandle, TpmHandle};
use tss_esapi::structures::{Auth, CapabilityData};

use super::connection::Connection;
use super::device::Device;
use super::failure::{Cause, Failure, is_no_object, sort};
use super::hot::Loaded;
use super::sign::Wanted;
use sshtpm_core::key::{KeyBlob, KeyRecord};
use sshtpm_core::persistent::{HandleAuth, MAX_HANDLES, OwnHandle, Persistent};
use sshtpm_core::signature::RawSignature;

/// What was found at our handles since the TPM was opened.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<OwnHandle, Place>);

#[derive(Debug)]
struct Place {
    /// Of the record for which it was looked at.
    persistent: Arc<Persistent>,
    /// `None`: the key cannot be used there.
    object: Option<KeyHandle>,
}

impl Places {
    fn get(&self, persistent: &Arc<Persistent>) -> Option<&Place> {
        let place = self.0.get(&persistent.handle)?;
        Arc::ptr_eq(&place.persistent, persistent).then_some(place)
    }

    fn remember(&mut self, persistent: &Arc<Persistent>, object: Option<KeyHandle>) {
        let place = Place {
            persistent: Arc::clone(persistent),
            object,
        };
        self.0.insert(persistent.handle, place);
    }

    /// Before anything else is looked for at a handle: libtss2 may count who knows an object.
    fn forget(&mut self, connection: &mut Connection, handle: OwnHandle) {
        let place = self.0.remove(&handle);
        let Some(object) = place.and_then(|place| place.object) else {
            return;
        };
        // libtss2 frees what it knows of a key without wiping it.
        let context = connection.context();
        if let Err(error) = context.tr_set_auth(object.into(), Auth::default()) {
            tracing::debug!(%error, "libtss2 does not know a kept key any more");
        }
        connection.forget(object);
    }
}

/// Signs with a key where the TPM keeps it. `None`: it keeps it not, or not any more.
///
/// # Errors
///
/// The connection is lost.
pub(super) fn sign(
    device: &mut Device,
    record: &KeyRecord,
    wanted: &Wanted,
) -> Result<Option<RawSignature>, Failure> {
    let Some(persistent) = &record.key.persistent else {
        return Ok(None);
    };
    // A key whose parent is gone is lost, and said to be; it does not half live on.
    if record.key.parent != *device.parent_name() {
        return Ok(None);
    }
    let signed = match try_sign(device, record, persistent, wanted) {
        // Another program has filled the chip. What is ours and ready there can go.
        Err(Failure::Exhausted(_)) => {
            device.let_go()?;
            try_sign(device, record, persistent, wanted)
        }
        signed => signed,
    };
    match signed {
        Err(failure) if failure.wants_new_connection() => Err(failure),
        Err(failure) => {
            give_up(device, persistent, &failure.to_string());
            Ok(None)
        }
        signed => signed,
    }
}

/// Whether the TPM keeps a key, as far as is known.
pub(super) fn is_kept(device: &mut Device, record: &KeyRecord) -> bool {
    let Some(persistent) = &record.key.persistent else {
        return false;
    };
    let (_, places) = device.places();
    let place = places.get(persistent);
    place.is_none_or(|place| place.object.is_some())
}

/// A key that is kept made a signature that is none of its own.
pub(super) fn distrust(device: &mut Device, record: &KeyRecord) {
    if let Some(persistent) = &record.key.persistent {
        give_up(device, persistent, "it signed, and not as this key");
    }
}

fn try_sign(
    device: &mut Device,
    record: &KeyRecord,
    persistent: &Arc<Persistent>,
    wanted: &Wanted,
) -> Result<Option<RawSignature>, Failure> {
    let (connection, places) = device.places();
    let known = places.get(persistent).map(|place| place.object);
    let object = match known {
        Some(object) => object,
        None => look(connection, places, record, persistent)?,
    };
    match object {
        Some(key) => wanted.by(Loaded { connection, key }).map(Some),
        None => Ok(None),
    }
}

/// Looks for a key at its handle, at its first use.
fn look(
    connection: &mut Connection,
    places: &mut Places,
    record: &KeyRecord,
    persistent: &Arc<Persistent>,
) -> Result<Option<KeyHandle>, Failure> {
    places.forget(connection, persistent.handle);
    let found = find(connection, persistent.handle, &record.key.blob)?;
    match found {
        Some(found) => {
            let auth = to_auth(&persistent.auth)?;
            let set = connection.context().tr_set_auth(found.into(), auth);
            set.map_err(sort("authorization value"))?;
        }
        None => say_so(persistent, "it is not there"),
    }
    places.remember(persistent, found);
    Ok(found)
}

/// Once for each key and connection, as nothing but a new record brings it back.
fn give_up(device: &mut Device, persistent: &Arc<Persistent>, why: &str) {
    say_so(persistent, why);
    let (connection, places) = device.places();
    places.forget(connection, persistent.handle);
    places.remember(persistent, None);
}

fn say_so(persistent: &Persistent, why: &str) {
    let handle = persistent.handle;
    tracing::warn!(
        %handle, why,
        "the TPM does not keep a key any more that it kept; it is used as others are, which takes longer"
    );
}

/// The object at a handle if it is this key. Whoever calls this closes it.
fn find(
    connection: &mut Connection,
    handle: OwnHandle,
    blob: &KeyBlob,
) -> Result<Option<KeyHandle>, Failure> {
    let expected = name_of(blob);
    match at(connection, handle)? {
        Some((found, name)) if Some(&name) == expected.as_ref() => Ok(Some(found)),
        Some((other, _)) => {
            connection.forget(other);
            Ok(None)
        }
        None => Ok(None),
    }
}

/// The object at a handle, and the Name that libtss2 computes of its public area.
fn at(
    connection: &mut Connection,
    handle: OwnHandle,
) -> Result<Option<(KeyHandle, Vec<u8>)>, Failure> {
    let context = connection.context();
    let found = match context.tr_from_tpm_public(TpmHandle::Persistent(place(handle)?)) {
        Ok(found) => found,
        Err(error) if is_no_object(error) => return Ok(None),
        Err(error) => return Err(sort("TPM2_ReadPublic(persistent)")(error)),
    };
    let name = context.tr_get_name(found).map_err(sort("Name"))?;
    Ok(Some((KeyHandle::from(found), name.value().to_vec())))
}

/// The Name of the key in a blob: the Name algorithm, and the digest of the public area by it. `None` if it is
/// another algorithm than that of all our keys.
fn name_of(blob: &KeyBlob) -> Option<Vec<u8>> {
    let (_length, area) = blob.public.split_first_chunk::<2>()?;
    let (_kind, rest) = area.split_first_chunk::<2>()?;
    let (algorithm, _) = rest.split_first_chunk::<2>()?;
    let digest = (*algorithm == ALG_SHA256).then(|| Sha256::digest(area))?;
    Some([&ALG_SHA256[..], &digest].concat())
}

/// TPM_ALG_SHA256 (TCG Algorithm Registry).
const ALG_SHA256: [u8; 2] = [0, 0x0b];

/// Which of our handles have an object, ours or not: one command.
fn taken(connection: &mut Connection) -> Result<Vec<OwnHandle>, Failure> {
    let first = OwnHandle::all().next().map_or(0, OwnHandle::value);
    let (found, _) = connection
        .context()
        .get_capability(CapabilityType::Handles, first, MAX_HANDLES)
        .map_err(sort("TPM2_GetCapability(handles)"))?;
    let CapabilityData::Handles(handles) = found else {
        let answer = "something that is no list of handles".to_owned();
        return Err(Failure::Other(Cause {
            command: "TPM2_GetCapability(handles)",
            answer,
        }));
    };
    let handles = handles.into_inner().into_iter().map(u32::from);
    Ok(handles.filter_map(OwnHandle::new).collect())
}

fn place(handle: OwnHandle) -> Result<PersistentTpmHandle, Failure> {
    PersistentTpmHandle::new(handle.value()).map_err(sort("handle"))
}

/// What the TPM is given for a value; it is wiped by itself.
fn to_auth(auth: &HandleAuth) -> Result<Auth, Failure> {
    Auth::try_from(&auth.as_bytes()[..]).map_err(sort("TPM2B_AUTH"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_the_public_area_without_its_length() {
        let area = [&[0, 0x23, 0, 0x0b][..], &[7; 40]].concat();
        let blob = |area: &[u8]| KeyBlob {
            public: [&[0, 44][..], area].concat().into(),
            private: Box::default(),
        };
        let expected = [&[0, 0x0b][..], &Sha256::digest(&area)].concat();
        assert_eq!(name_of(&blob(&area)), Some(expected));
        let sha384 = [&[0, 0x23, 0, 0x0c][..], &[7; 40]].concat();
        assert_eq!(name_of(&blob(&sha384)), None);
        assert_eq!(name_of(&blob(&[])), None);
    }
}
