//! TPM2_ObjectChangeAuth (TPM 2.0 Part 3, §12.8): the same key in a new blob, with another
//! authorization value. Nothing in the TPM changes, and the old blob stays valid.

use std::sync::Arc;

use tss_esapi::Context;
use tss_esapi::handles::KeyHandle;
use tss_esapi::structures::{Auth, Private};

use super::connection::Connection;
use super::device::Device;
use super::failure::{Failure, sort, sort_with_pin};
use super::jobs::Operation;
use super::load;
use super::salted::{self, Encrypted};
use super::sign_in_try::attempt;
use sshtpm_core::key::{KeyBlob, KeyRecord};
use sshtpm_core::pins::{Attempt, Outcome, Pin, Reserve};
use sshtpm_core::requests::PinChange;

/// Changes a PIN.
pub(super) struct ChangePin {
    pub(super) record: Arc<KeyRecord>,
    pub(super) change: PinChange,
    pub(super) reserve: Reserve,
    /// As in [`super::sign_in_try::SignInTry`].
    pub(super) own: usize,
}

impl Operation for ChangePin {
    type Output = Attempt<KeyBlob>;

    fn run(&self, device: &mut Device) -> Result<Attempt<KeyBlob>, Failure> {
        let changed = attempt(device, self.reserve, self.own, |device| {
            device.with_room(|base| self.change(base))
        })?;
        if matches!(changed.outcome, Outcome::Right(_)) {
            device.drop_ready(&self.record)?;
        }
        Ok(changed)
    }
}

impl ChangePin {
    fn change(&self, connection: &mut Connection) -> Result<KeyBlob, Failure> {
        let old = &self.record.key;
        let PinChange { present, new } = &self.change;
        let key = load::load(connection, &old.blob, &old.parent)?;
        let changed = change_auth(connection, key, Some(present), new.as_deref());
        let flushed = connection.context().flush_context(key.into());
        let private = changed?;
        flushed.map_err(sort("TPM2_FlushContext"))?;
        Ok(KeyBlob {
            public: old.blob.public.clone(),
            private: private.into(),
        })
    }
}

/// The TPM2B_PRIVATE of a loaded key with another authorization value. `None` is an empty one.
pub(super) fn change_auth(
    connection: &mut Connection,
    key: KeyHandle,
    present: Option<&Pin>,
    new: Option<&Pin>,
) -> Result<Box<[u8]>, Failure> {
    let new = match new {
        Some(pin) => salted::to_auth(pin)?,
        None => Auth::default(),
    };
    let parent = connection.parent();
    let change = |context: &mut Context| context.object_change_auth(key.into(), parent.into(), new);
    let sort = sort_with_pin("TPM2_ObjectChangeAuth");
    let private: Private = match present {
        Some(pin) => {
            salted::in_session_with_pin(connection, key, pin, Encrypted::Command, change, sort)?
        }
        None => salted::in_session(connection, Encrypted::Command, change, sort)?,
    };
    load::with_length(private.value())
}
