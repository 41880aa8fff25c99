//! TPM2_Certify (TPM 2.0 Part 3, §18.2): the TPM states that it holds a key, and signs that with
//! the attestation key of the user, which is loaded for that long.
//!
//! The command takes the key's own authorization in the ADMIN role. Without adminWithPolicy that is
//! the authorization value, for a key that is bound to PCRs, too (Part 1, "Authorization Roles"):
//! so the TPM does not compare them here, and this does.

use std::sync::Arc;

use tss_esapi::Context;
use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{Data, SignatureScheme};
use tss_esapi::traits::Marshall as _;

use super::authorization::Authorization;
use super::connection::{Connection, Loaded};
use super::device::Device;
use super::failure::{Cause, Failure, sort, sort_with_pin};
use super::jobs::Operation;
use super::{load, pcrs, persistent, wanted};
use sshtpm_core::attestation::{AttestationKey, Stated};
use sshtpm_core::key::KeyRecord;
use sshtpm_core::pins::Pin;

const COMMAND: &str = "TPM2_Certify";

/// Has the TPM state that it holds a key.
pub(super) struct Certify {
    pub(super) record: Arc<KeyRecord>,
    pub(super) by: Arc<AttestationKey>,
    pub(super) qualifying_data: [u8; 32],
    pub(super) pin: Option<Arc<Pin>>,
    /// Whether to load the key even if it seems to be ready in the TPM.
    pub(super) afresh: bool,
}

/// A statement that is not yet verified.
pub(super) struct Certified {
    pub(super) stated: Stated,
    /// Whether the key was loaded for it, as in [`super::sign::Signed`].
    pub(super) was_loaded: bool,
}

impl Operation for Certify {
    /// `None`: the attestation key is not one of this TPM.
    type Output = Option<Certified>;

    fn run(&self, device: &mut Device) -> Result<Option<Certified>, Failure> {
        // If the key is lost, or another one is in the place of its parent for a while, that is no
        // reason to make an attestation key anew.
        device.check_parent(&self.record)?;
        if self.by.parent() != device.parent_name() {
            return Ok(None);
        }
        device.make_room_beside(&self.record)?;
        if self.afresh {
            persistent::distrust(device, &self.record);
            device.drop_ready(&self.record)?;
        } else if let Some(stated) = self.with_ready(device)? {
            return Ok(certified(stated, false));
        }
        let stated = self.with_loaded(device);
        device.note_derived(&self.record, &stated);
        Ok(certified(stated?, true))
    }
}

fn certified(stated: Option<Stated>, was_loaded: bool) -> Option<Certified> {
    stated.map(|stated| Certified { stated, was_loaded })
}

impl Certify {
    /// With a key that is ready; `None` if there is none, or no longer.
    fn with_ready(&self, device: &mut Device) -> Result<Option<Option<Stated>>, Failure> {
        let Some(ready) = device.ready(&self.record) else {
            return Ok(None);
        };
        match self.state(ready) {
            Ok(stated) => Ok(Some(stated)),
            Err(failure) if self.is_final(&failure) => Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "a key that was ready is no longer in the TPM");
                device.drop_ready(&self.record)?;
                Ok(None)
            }
        }
    }

    /// Loads the key, and keeps it ready if it can be.
    fn with_loaded(&self, device: &mut Device) -> Result<Option<Stated>, Failure> {
        let Some(loaded) = device.make_ready(&self.record)? else {
            return device.with_room(|base| self.load_and_state(base));
        };
        let stated = self.state(loaded);
        if stated
            .as_ref()
            .is_err_and(|failure| !self.is_final(failure))
        {
            device.drop_ready(&self.record)?;
        }
        stated
    }

    fn load_and_state(&self, connection: &mut Connection) -> Result<Option<Stated>, Failure> {
        let key = load::load(connection, &self.record.key.blob, &self.record.key.parent)?;
        let stated = self.state(Loaded { connection, key });
        let flushed = connection.context().flush_context(key.into());
        let stated = stated?;
        flushed.map_err(sort("TPM2_FlushContext"))?;
        Ok(stated)
    }

    /// States that a loaded key is here. `None`: the attestation key was not made under the parent.
    fn state(&self, loaded: Loaded<'_>) -> Result<Option<Stated>, Failure> {
        let Loaded { connection, key } = loaded;
        self.pcrs_fit(connection)?;
        let by = match load::load(connection, self.by.blob(), self.by.parent()) {
            Err(Failure::KeyRefused(cause)) if !connection.parent_is_there()? => {
                return Err(Failure::ParentChanged(cause));
            }
            Err(Failure::KeyRefused(cause)) => {
                tracing::warn!(%cause, "the TPM does not take a user's attestation key");
                return Ok(None);
            }
            by => by?,
        };
        let stated = self.certify(Loaded { connection, key }, by);
        let flushed = connection.context().flush_context(by.into());
        let stated = stated?;
        flushed.map_err(sort("TPM2_FlushContext"))?;
        Ok(Some(stated))
    }

    fn certify(&self, loaded: Loaded<'_>, by: KeyHandle) -> Result<Stated, Failure> {
        let data = Data::try_from(self.qualifying_data.to_vec()).map_err(sort("TPM2B_DATA"))?;
        let key = loaded.key;
        let command = move |context: &mut Context| {
            let (of_key, ..) = context.sessions();
            // The attestation key has an empty password.
            context.set_sessions((of_key, Some(AuthSession::Password), None));
            context.certify(key.into(), by, data, SignatureScheme::Null)
        };
        let pin = self.pin.as_deref();
        let authorization = Authorization { pin, pcrs: None };
        let (statement, signature) = match pin {
            Some(_) => authorization.run(loaded, command, sort_with_pin(COMMAND)),
            None => authorization.run(loaded, command, sort(COMMAND)),
        }?;
        Ok(Stated {
            statement: statement.marshall().map_err(sort("TPMS_ATTEST"))?,
            signature: wanted::raw(signature)?,
        })
    }

    /// Whether the PCRs have in them what the key is bound to.
    fn pcrs_fit(&self, connection: &mut Connection) -> Result<(), Failure> {
        let Some(policy) = &self.record.key.pcrs else {
            return Ok(());
        };
        let now = pcrs::read(connection.context(), policy.values().selection())?;
        let changed = policy.values().changed(&now);
        if changed.is_empty() {
            return Ok(());
        }
        let cause = Cause {
            command: "TPM2_PCR_Read",
            answer: "other values than those that the key is bound to".to_owned(),
        };
        Err(Failure::OtherPcrs(cause, changed))
    }

    /// Whether loading the key again would not help, as for a signature.
    fn is_final(&self, failure: &Failure) -> bool {
        match failure {
            Failure::Gone(_) | Failure::GoneInTry(_) | Failure::OtherPcrs(..) => true,
            Failure::WrongPin(_) | Failure::InLockout(_) => self.pin.is_some(),
            _ => false,
        }
    }
}
