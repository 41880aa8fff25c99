//! TPM2_Load of a key that another program had the parent make, TPM2_Sign to show that it signs,
//! and TPM2_ObjectChangeAuth, if it has a password or is to have a PIN.
//!
//! The key of another program is protected against guessing, with a password or without. So each
//! use of its authorization value is a try, also of an empty one.
//!
//! A key that the TPM refuses is the caller's mistake. It does not change the state of the TPM.

use std::sync::Arc;

use tss_esapi::handles::KeyHandle;

use super::change_pin::change_auth;
use super::connection::{Connection, Loaded};
use super::device::Device;
use super::failure::{Cause, Failure, sort};
use super::jobs::Operation;
use super::load;
use super::sign_in_try::attempt;
use super::wanted::sign_in_try;
use sshtpm_core::adopt::Loadable;
use sshtpm_core::key::{Holding, KeyBlob, Protection, TpmKey};
use sshtpm_core::pins::{Attempt, Reserve};
use sshtpm_core::ports::Adopted;
use sshtpm_core::requests::Passwords;
use sshtpm_core::signature::ToSign;

/// Adopts a key. Nothing stays in the TPM.
pub(super) struct Adopt {
    pub(super) loadable: Arc<Loadable>,
    pub(super) passwords: Passwords,
    pub(super) reserve: Reserve,
    /// As in [`super::sign_in_try::SignInTry`].
    pub(super) own: usize,
}

impl Operation for Adopt {
    type Output = Attempt<Adopted>;

    fn run(&self, device: &mut Device) -> Result<Attempt<Adopted>, Failure> {
        attempt(device, self.reserve, self.own, |device| {
            device.with_room(|base| self.adopt(base))
        })
    }
}

impl Adopt {
    fn adopt(&self, connection: &mut Connection) -> Result<Adopted, Failure> {
        let key = self.load(connection)?;
        let adopted = self.try_and_change(connection, key);
        let flushed = connection.context().flush_context(key.into());
        let adopted = adopted?;
        flushed.map_err(sort("TPM2_FlushContext"))?;
        Ok(adopted)
    }

    /// The parent that was found when the connection was made may have been replaced: then it is
    /// not the one that made the key, or the record would name the wrong one.
    fn load(&self, connection: &mut Connection) -> Result<KeyHandle, Failure> {
        let parent = connection.parent_name().clone();
        let loaded = match load::load(connection, self.loadable.blob(), &parent) {
            Err(Failure::KeyRefused(cause)) => Err(Failure::NotOfThisTpm(cause)),
            loaded => Ok(loaded?),
        };
        if connection.parent_is_there()? {
            return loaded;
        }
        if let Ok(key) = loaded {
            let flushed = connection.context().flush_context(key.into());
            flushed.map_err(sort("TPM2_FlushContext"))?;
        }
        let answer = "the parent key was replaced".to_owned();
        Err(Failure::ParentChanged(Cause {
            command: "TPM2_Load",
            answer,
        }))
    }

    fn try_and_change(
        &self,
        connection: &mut Connection,
        key: KeyHandle,
    ) -> Result<Adopted, Failure> {
        let Passwords { present, new } = &self.passwords;
        let Some(ToSign::Digest(to_sign)) = self.loadable.trial() else {
            return Err(Failure::Other(Cause {
                command: "TPM2_Sign",
                answer: "no scheme for the algorithm".to_owned(),
            }));
        };
        let proof = sign_in_try(Loaded { connection, key }, &to_sign, present.as_deref())?;
        let blob = self.loadable.blob();
        let blob = match self.passwords.differ() {
            false => blob.clone(),
            true => KeyBlob {
                public: blob.public.clone(),
                private: change_auth(connection, key, present.as_deref(), new.as_deref())?.into(),
            },
        };
        let key = TpmKey {
            public: self.loadable.public_key().clone(),
            parent: connection.parent_name().clone(),
            blob,
            holding: Holding::Tpm,
            protection: match new {
                Some(_) => Protection::Pin,
                None => Protection::Nothing,
            },
            persistent: None,
            pcrs: None,
        };
        Ok(Adopted { key, proof })
    }
}
