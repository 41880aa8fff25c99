//! TPM2_Create (TPM 2.0 Part 3, §12.1): one command for a new key, and a session for a PIN or for
//! a seed that the TPM seals.

use std::sync::Arc;

use ssh_key::public::KeyData;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{CreateKeyResult, CreationData, Name, Public};
use tss_esapi::tss2_esys::TPMS_CREATION_DATA;

use super::authorization::Authorization;
use super::connection::Connection;
use super::device::Device;
use super::failure::{Cause, Failure, sort, sort_with_parent};
use super::jobs::Operation;
use super::salted::{self, Encrypted};
use super::{load, pcrs, public_key, sealed, template};
use sshtpm_core::key::{ParentName, Protection, TpmKey};
use sshtpm_core::pins::Pin;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::pcr::{PcrPolicy, PcrSelection};

/// Makes a key. Nothing stays in the TPM.
pub(super) struct Create {
    pub(super) algorithm: Algorithm,
    pub(super) pin: Option<Arc<Pin>>,
    /// The PCRs to whose present values the key is bound.
    pub(super) pcrs: Option<PcrSelection>,
}

impl Operation for Create {
    type Output = TpmKey;

    fn run(&self, device: &mut Device) -> Result<TpmKey, Failure> {
        let policy = self.policy(device)?;
        let (public, created) = device.with_room(|base| match self.algorithm {
            Algorithm::Ed25519 => self.seal(base, policy.as_ref()),
            Algorithm::Ecdsa(_) | Algorithm::Rsa(_) => self.make(base, policy.as_ref()),
        })?;
        check_parent(created.creation_data, device.parent_name())?;
        Ok(TpmKey {
            public,
            parent: device.parent_name().clone(),
            blob: load::to_blob(&created.out_public, &created.out_private)?,
            holding: self.algorithm.holding(),
            protection: self.protection(),
            persistent: None,
            pcrs: policy.map(Arc::new),
        })
    }
}

impl Create {
    fn protection(&self) -> Protection {
        match self.pin {
            Some(_) => Protection::Pin,
            None => Protection::Nothing,
        }
    }

    fn policy(&self, device: &mut Device) -> Result<Option<PcrPolicy>, Failure> {
        let context = device.context();
        let policy = |selection| pcrs::present_policy(context, selection, self.protection());
        self.pcrs.map(policy).transpose()
    }

    /// Has the TPM make a key with which it signs.
    fn make(
        &self,
        base: &mut Connection,
        policy: Option<&PcrPolicy>,
    ) -> Result<(KeyData, CreateKeyResult), Failure> {
        let template = template::signing_key(self.algorithm, self.protection(), policy);
        let template = template.map_err(sort("template"))?;
        let created = match &self.pin {
            Some(pin) => create_with_pin(base, template, pin),
            None => create(base, template),
        }?;
        let public = public_key::from_tpm(&created.out_public).ok_or_else(|| {
            let answer = "a public key that is not of the kind asked for".to_owned();
            Failure::Other(Cause {
                command: "TPM2_Create",
                answer,
            })
        })?;
        Ok((public, created))
    }

    /// Makes a key with which the broker signs, and has the TPM seal it.
    fn seal(
        &self,
        base: &mut Connection,
        policy: Option<&PcrPolicy>,
    ) -> Result<(KeyData, CreateKeyResult), Failure> {
        let pin = self.pin.as_deref();
        let made = sealed::create(base, Authorization { pin, pcrs: policy });
        if_parent_is_there(base, made)
    }
}

/// TPM2_Create without a PIN.
pub(super) fn create(
    connection: &mut Connection,
    template: Public,
) -> Result<CreateKeyResult, Failure> {
    let parent = connection.parent();
    connection
        .context()
        .execute_with_session(Some(AuthSession::Password), |context| {
            context.create(parent, template, None, None, None, None)
        })
        .map_err(sort_with_parent("TPM2_Create"))
}

fn create_with_pin(
    connection: &mut Connection,
    template: Public,
    pin: &Pin,
) -> Result<CreateKeyResult, Failure> {
    let parent = connection.parent();
    let auth = salted::to_auth(pin)?;
    let created = salted::in_session(
        connection,
        Encrypted::Command,
        |context| context.create(parent, template, Some(auth), None, None, None),
        sort_with_parent("TPM2_Create"),
    );
    if_parent_is_there(connection, created)
}

/// The parent to which a session is encrypted is the one that was found when the connection was
/// made. If it was replaced since, the TPM cannot make anything of the session, in one way or
/// another.
fn if_parent_is_there<T>(
    connection: &mut Connection,
    created: Result<T, Failure>,
) -> Result<T, Failure> {
    match created {
        Err(Failure::Other(_) | Failure::ParentAuth) if !connection.parent_is_there()? => {
            Err(parent_changed())
        }
        created => created,
    }
}

/// The TPM says under which parent it made the key (TPM 2.0 Part 2, TPMS_CREATION_DATA). If that
/// is not the one we know, another program replaced it, and a record with the old Name would be
/// lost at once.
pub(super) fn check_parent(data: CreationData, expected: &ParentName) -> Result<(), Failure> {
    let data = TPMS_CREATION_DATA::from(data);
    let parent = Name::try_from(data.parentName).map_err(sort("TPMS_CREATION_DATA"))?;
    if ParentName::new(parent.value().to_vec()).as_ref() == Some(expected) {
        return Ok(());
    }
    Err(parent_changed())
}

fn parent_changed() -> Failure {
    let answer = "the parent key was replaced".to_owned();
    Failure::ParentChanged(Cause {
        command: "TPM2_Create",
        answer,
    })
}
