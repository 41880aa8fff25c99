//! Putting a key at one of our handles.
//!
//! It gets a random authorization value first: TPM2_ObjectChangeAuth makes a blob with it, and
//! that is what is loaded and kept; a derived key is derived with it. On the way to the TPM the
//! value is encrypted. The blob in the record stays without.
//!
//! Specs: TPM 2.0 Part 3, §12.8 (TPM2_ObjectChangeAuth), §24.1 (TPM2_CreatePrimary), §28.5
//! (TPM2_EvictControl).

use std::sync::Arc;

use super::object::{find, name_of, place, taken, to_auth};
use super::unnamed;
use crate::tpm::capabilities::owner_has_password;
use crate::tpm::connection::Connection;
use crate::tpm::device::Device;
use crate::tpm::failure::{Cause, Failure, sort, sort_with_owner};
use crate::tpm::jobs::Operation;
use crate::tpm::random::random;
use crate::tpm::salted::Encrypted;
use crate::tpm::{load, primary, salted};
use sshtpm_core::derivation::Derivation;
use sshtpm_core::key::{KeyBlob, KeyRecord, TpmKey};
use sshtpm_core::persistent::{AUTH_BYTES, HandleAuth, MAX_HANDLES, OwnHandle, Persistent};
use sshtpm_ssh::kept_by::KeptBy;
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::dynamic_handles;
use tss_esapi::interface_types::resource_handles::Provision;
use tss_esapi::interface_types::session_handles::AuthSession;

/// Puts a key into the TPM. If it has to be done twice, the second time begins with taking out
/// what the first one may have left.
pub(in crate::tpm) struct Persist {
    pub(in crate::tpm) record: Arc<KeyRecord>,
    /// All keys that the TPM keeps.
    pub(in crate::tpm) promoted: Vec<Arc<KeyRecord>>,
    /// Who decided that.
    pub(in crate::tpm) by: KeptBy,
}

impl Operation for Persist {
    type Output = Option<Persistent>;

    fn run(&self, device: &mut Device) -> Result<Option<Persistent>, Failure> {
        let key = &self.record.key;
        if is_there(device, key)? {
            return Ok(None);
        }
        // Check this first, so that there is nothing to clean up; the owner of the password has to
        // act.
        if owner_has_password(device.context())? {
            return Err(Failure::OwnerAuth);
        }
        unnamed::remove(device, &self.promoted, name_of(&key.blob).as_deref())?;
        let auth = random_auth()?;
        let handle = match device.with_room(|base| put(base, key, &auth)) {
            Err(Failure::NoRoom(_)) if unnamed::remove(device, &self.promoted, None)? => {
                device.with_room(|base| put(base, key, &auth))?
            }
            done => done?,
        };
        let (record, by) = (&self.record, self.by);
        tracing::info!(
            %handle, key = %record.fingerprint(), owner = %record.owner, %by, "the TPM keeps a key"
        );
        Ok(Some(Persistent { handle, auth, by }))
    }
}

/// Whether the record is right. What was there and failed counts as gone.
fn is_there(device: &mut Device, key: &TpmKey) -> Result<bool, Failure> {
    let Some(persistent) = &key.persistent else {
        return Ok(false);
    };
    let (connection, places) = device.places();
    if let Some(place) = places.get(persistent)
        && place.object.is_none()
    {
        return Ok(false);
    }
    places.forget(connection, persistent.handle);
    let found = find(connection, persistent.handle, &key.blob)?;
    if let Some(found) = found {
        connection.forget(found);
    }
    Ok(found.is_some())
}

/// Makes a blob with `auth` of a key, and has the TPM keep that.
fn put(base: &mut Connection, key: &TpmKey, auth: &HandleAuth) -> Result<OwnHandle, Failure> {
    let handle = first_free(base)?;
    let loaded = match key.derivation() {
        Some(derivation) => derive_with_auth(base, key, derivation, auth)?,
        None => {
            let blob = with_auth(base, key, auth)?;
            load::load(base, &blob, &key.parent)?
        }
    };
    let kept = keep(base, loaded, handle);
    let flushed = base.context().flush_context(loaded.into());
    kept?;
    if let Err(error) = flushed {
        // The key is where it is to be, and the next command finds out what is wrong.
        tracing::warn!(%error, "cannot flush the transient copy of a key that the TPM keeps");
    }
    Ok(handle)
}

fn first_free(base: &mut Connection) -> Result<OwnHandle, Failure> {
    let taken = taken(base)?;
    let mut free = OwnHandle::all().filter(|handle| !taken.contains(handle));
    free.next().ok_or(Failure::NoRoom(ALL_TAKEN))
}

/// The same key, derived with `auth`.
fn derive_with_auth(
    base: &mut Connection,
    key: &TpmKey,
    derivation: &Derivation,
    auth: &HandleAuth,
) -> Result<KeyHandle, Failure> {
    let public = load::public_of(&key.blob)?;
    let derived = primary::derive_with(base, public.clone(), derivation, to_auth(auth)?)?;
    if derived.public == public {
        return Ok(derived.key);
    }
    let flushed = base.context().flush_context(derived.key.into());
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Err(load::another_seed())
}

/// The same key in a blob with `auth`.
fn with_auth(base: &mut Connection, key: &TpmKey, auth: &HandleAuth) -> Result<KeyBlob, Failure> {
    let auth = to_auth(auth)?;
    let loaded = load::load(base, &key.blob, &key.parent)?;
    let parent = base.parent();
    let changed = salted::in_session(
        base,
        Encrypted::Command,
        |context| context.object_change_auth(loaded.into(), parent.into(), auth),
        sort("TPM2_ObjectChangeAuth"),
    );
    let flushed = base.context().flush_context(loaded.into());
    let private = changed?;
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Ok(KeyBlob {
        public: key.blob.public.clone(),
        private: load::with_length(private.value())?.into(),
    })
}

fn keep(base: &mut Connection, loaded: KeyHandle, handle: OwnHandle) -> Result<(), Failure> {
    let place = dynamic_handles::Persistent::Persistent(place(handle)?);
    let context = base.context();
    let kept = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.evict_control(Provision::Owner, loaded.into(), place)
    });
    base.forget(kept.map_err(sort_with_owner("TPM2_EvictControl"))?);
    Ok(())
}

/// From the kernel, and 255 bits: see [`HandleAuth::new`].
fn random_auth() -> Result<HandleAuth, Failure> {
    let mut bytes = random::<AUTH_BYTES>()?;
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    HandleAuth::new(bytes).ok_or_else(|| {
        let answer = "a zero".to_owned();
        Failure::Other(Cause {
            command: "getrandom",
            answer,
        })
    })
}

const _: () = assert!(MAX_HANDLES == 16, "the text below says so");
const ALL_TAKEN: &str = "the TPM already keeps 16 keys for sshtpm, which is the limit; \
    free a place with `sshtpm tpm persist --undo KEY`, and see `tpm2_getcap handles-persistent`";
