//! What was found at our handles.

use std::collections::BTreeMap;
use std::sync::Arc;

use tss_esapi::handles::KeyHandle;
use tss_esapi::structures::Auth;

use crate::tpm::connection::Connection;
use sshtpm_core::persistent::{OwnHandle, Persistent};

/// What was found at our handles since the TPM was opened.
#[derive(Debug, Default)]
pub(in crate::tpm) struct Places(BTreeMap<OwnHandle, Place>);

#[derive(Debug)]
pub(super) struct Place {
    /// Of the record for which it was looked at.
    persistent: Arc<Persistent>,
    /// `None`: the key cannot be used there.
    pub(super) object: Option<KeyHandle>,
}

impl Places {
    pub(super) fn get(&self, persistent: &Arc<Persistent>) -> Option<&Place> {
        let place = self.0.get(&persistent.handle)?;
        Arc::ptr_eq(&place.persistent, persistent).then_some(place)
    }

    pub(super) fn remember(&mut self, persistent: &Arc<Persistent>, object: Option<KeyHandle>) {
        let place = Place {
            persistent: Arc::clone(persistent),
            object,
        };
        self.0.insert(persistent.handle, place);
    }

    /// Before anything else is looked for at a handle: libtss2 may count the references to an
    /// object.
    pub(super) fn forget(&mut self, connection: &mut Connection, handle: OwnHandle) {
        let place = self.0.remove(&handle);
        let Some(object) = place.and_then(|place| place.object) else {
            return;
        };
        // libtss2 frees what it knows of a key without wiping it.
        let context = connection.context();
        if let Err(error) = context.tr_set_auth(object.into(), Auth::default()) {
            tracing::debug!(%error, "libtss2 no longer knows a key that the TPM keeps");
        }
        connection.forget(object);
    }
}
