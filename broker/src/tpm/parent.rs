//! The parent of all our keys: the storage root key.
//!
//! An existing key at the well-known handle is used as it is, whatever made it; where there is
//! none, one is made as systemd and the TCG would.

use std::sync::Arc;

use tss_esapi::Context;
use tss_esapi::handles::{KeyHandle, PersistentTpmHandle, TpmHandle};
use tss_esapi::interface_types::dynamic_handles::Persistent;
use tss_esapi::interface_types::resource_handles::{Hierarchy, Provision};
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::Public;
use tss_esapi::traits::Marshall as _;

use super::capabilities::owner_has_password;
use super::failure::{Cause, Failure, is_bad_auth, is_no_object, sort, sort_with_parent};
use super::template;
use sshtpm_core::key::ParentName;

/// Where the storage root key is kept (TCG TPM v2.0 Provisioning Guidance, §7.8).
pub(crate) const PARENT_HANDLE: u32 = 0x8100_0001;

/// The parent key.
pub(super) struct Parent {
    pub(super) handle: KeyHandle,
    pub(super) name: ParentName,
}

/// What is in the parent's place. [`public_area`] says whether that is a parent.
pub(super) fn find_or_make(context: &mut Context) -> Result<Parent, Failure> {
    let place = PersistentTpmHandle::new(PARENT_HANDLE).map_err(sort("parent handle"))?;
    match context.tr_from_tpm_public(TpmHandle::Persistent(place)) {
        Ok(found) => named(context, found.into()),
        Err(error) if is_no_object(error) => make(context, place),
        Err(error) => Err(sort("TPM2_ReadPublic(parent)")(error)),
    }
}

/// The parent that was found before, on another connection.
pub(super) fn find(context: &mut Context, expected: &ParentName) -> Result<Parent, Failure> {
    let place = PersistentTpmHandle::new(PARENT_HANDLE).map_err(sort("parent handle"))?;
    let found = context
        .tr_from_tpm_public(TpmHandle::Persistent(place))
        .map_err(sort_with_parent("TPM2_ReadPublic(parent)"))?;
    let parent = named(context, KeyHandle::from(found))?;
    if parent.name == *expected {
        return Ok(parent);
    }
    let answer = "the parent key was replaced".to_owned();
    Err(Failure::ParentChanged(Cause {
        command: "TPM2_ReadPublic(parent)",
        answer,
    }))
}

/// The public area of the parent, a TPMT_PUBLIC.
///
/// # Errors
///
/// It is no parent. Its use fails with a code that explains nothing.
pub(super) fn public_area(context: &mut Context, parent: KeyHandle) -> Result<Arc<[u8]>, Failure> {
    let (public, ..) = context
        .read_public(parent)
        .map_err(sort("TPM2_ReadPublic(parent)"))?;
    if is_parent(&public) {
        Ok(public.marshall().map_err(sort("TPMT_PUBLIC"))?.into())
    } else {
        Err(Failure::NoParent(NOT_A_PARENT.to_owned()))
    }
}

fn is_parent(public: &Public) -> bool {
    let attributes = public.object_attributes();
    attributes.fixed_tpm()
        && attributes.fixed_parent()
        && attributes.restricted()
        && attributes.decrypt()
        && attributes.user_with_auth()
        && !attributes.sign_encrypt()
}

fn make(context: &mut Context, place: PersistentTpmHandle) -> Result<Parent, Failure> {
    if owner_has_password(context)? {
        return Err(Failure::NoParent(OWNER_HAS_PASSWORD.to_owned()));
    }
    let primary = create_primary(context)?;
    let persisted = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.evict_control(
            Provision::Owner,
            primary.into(),
            Persistent::Persistent(place),
        )
    });
    let flushed = context.flush_context(primary.into());
    let handle = persisted.map_err(|error| match error {
        error if is_bad_auth(error) => Failure::NoParent(OWNER_HAS_PASSWORD.to_owned()),
        error => sort("TPM2_EvictControl(parent)")(error),
    })?;
    flushed.map_err(sort("TPM2_FlushContext(primary)"))?;
    tracing::info!("made a storage root key at {PARENT_HANDLE:#x}");
    named(context, handle.into())
}

fn create_primary(context: &mut Context) -> Result<KeyHandle, Failure> {
    let ecc = template::ecc_storage_root_key().map_err(sort("template"))?;
    match create_primary_from(context, ecc) {
        Err(Failure::Other(cause)) => {
            tracing::info!(%cause, "no elliptic curve for a storage root key; trying RSA");
            let rsa = template::rsa_storage_root_key().map_err(sort("template"))?;
            create_primary_from(context, rsa)
        }
        other => other,
    }
}

fn create_primary_from(context: &mut Context, template: Public) -> Result<KeyHandle, Failure> {
    let created = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.create_primary(Hierarchy::Owner, template, None, None, None, None)
    });
    created
        .map(|created| created.key_handle)
        .map_err(|error| match error {
            error if is_bad_auth(error) => Failure::NoParent(OWNER_HAS_PASSWORD.to_owned()),
            error => sort("TPM2_CreatePrimary")(error),
        })
}

fn named(context: &mut Context, handle: KeyHandle) -> Result<Parent, Failure> {
    let name = context
        .tr_get_name(handle.into())
        .map_err(sort("parent name"))?;
    ParentName::new(name.value().to_vec())
        .map(|name| Parent { handle, name })
        .ok_or_else(|| {
            Failure::Other(Cause {
                command: "parent name",
                answer: "empty".to_owned(),
            })
        })
}

const OWNER_HAS_PASSWORD: &str = "the TPM's owner hierarchy has a password, so \
    sshtpm-broker cannot make its parent key; as the TPM's owner, make one with \
    `tpm2_createprimary -C o -P PASSWORD -G ecc \
    -a 'restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda' -c srk.ctx` \
    and `tpm2_evictcontrol -C o -P PASSWORD -c srk.ctx 0x81000001`";

const NOT_A_PARENT: &str = "the key at 0x81000001 in the TPM is not a storage key, so \
    sshtpm-broker cannot keep keys under it; \
    as the TPM's owner, move it elsewhere with `tpm2_evictcontrol`";
