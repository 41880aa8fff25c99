//! TPM2_Sign (TPM 2.0 Part 3, §20.2), with a key that is ready, or is loaded first; or a signature
//! with a seed that is kept, or is unsealed first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::authorization::Authorization;
use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use super::sealed::Generation;
use super::wanted::{Wanted, load_and_sign};
use super::{persistent, sealed};
use sshtpm_core::key::KeyRecord;
use sshtpm_core::signature::{RawSignature, ToSign};

/// Signs with a key.
#[derive(Clone)]
pub(super) struct SignWith {
    pub(super) record: Arc<KeyRecord>,
    pub(super) wanted: Wanted,
    /// Whether to load the key even if it seems to be ready in the TPM.
    pub(super) afresh: bool,
    /// From when the request came: its seed is not kept if seeds were wiped since.
    pub(super) asked: Generation,
}

/// Signs with a derived key, if that needs not be derived first.
pub(super) struct SignIfReady(pub(super) SignWith);

/// A signature that is not yet verified.
pub(super) struct Signed {
    pub(super) raw: RawSignature,
    /// Whether the key was loaded for this signature. The handle of a key that was ready may
    /// belong to another key by now.
    pub(super) was_loaded: bool,
    /// How long that took, if the key was ready before: one that was brought back takes more
    /// commands.
    pub(super) took: Option<Duration>,
}

impl Operation for SignWith {
    type Output = Signed;

    fn run(&self, device: &mut Device) -> Result<Signed, Failure> {
        if self.afresh {
            persistent::distrust(device, &self.record);
            device.drop_ready(&self.record)?;
        } else if let Some(signed) = self.with_what_is_there(device)? {
            return Ok(signed);
        }
        let signed = self.with_loaded(device);
        device.note_derived(&self.record, &signed);
        let was_loaded = true;
        Ok(Signed {
            raw: signed?,
            was_loaded,
            took: None,
        })
    }
}

impl Operation for SignIfReady {
    type Output = Option<Signed>;

    fn run(&self, device: &mut Device) -> Result<Option<Signed>, Failure> {
        self.0.with_what_is_there(device)
    }
}

impl Signed {
    fn with_what_was_there(raw: RawSignature, took: Option<Duration>) -> Self {
        let was_loaded = false;
        Self {
            raw,
            was_loaded,
            took,
        }
    }
}

impl SignWith {
    fn with_what_is_there(&self, device: &mut Device) -> Result<Option<Signed>, Failure> {
        let start = Instant::now();
        if let Some(raw) = persistent::sign(device, &self.record, &self.wanted)? {
            let took = Some(start.elapsed());
            return Ok(Some(Signed::with_what_was_there(raw, took)));
        }
        match self.with_kept_seed(device) {
            None => self.with_ready(device),
            // Not the TPM's time.
            Some(raw) => Ok(Some(Signed::with_what_was_there(raw?, None))),
        }
    }

    fn with_kept_seed(&self, device: &Device) -> Option<Result<RawSignature, Failure>> {
        let ToSign::Message(message) = &self.wanted.to_sign else {
            return None;
        };
        device.with_kept_seed(&self.record, |seed| {
            seed.sign(&self.record.key.public, message)
        })
    }

    /// Signs with a key that is ready, or whose context was saved. If it cannot, that is not a
    /// failure: the key is no longer there.
    fn with_ready(&self, device: &mut Device) -> Result<Option<Signed>, Failure> {
        let was_ready = device.ready(&self.record).is_some();
        if !was_ready && !device.bring_back(&self.record)? {
            return Ok(None);
        }
        device.is_used(&self.record);
        let Some(ready) = device.ready(&self.record) else {
            return Ok(None);
        };
        let start = Instant::now();
        match self.wanted.by(ready, &self.record.key) {
            Ok(raw) => {
                let took = was_ready.then(|| start.elapsed());
                Ok(Some(Signed::with_what_was_there(raw, took)))
            }
            Err(failure) if self.is_final(&failure) => Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "a key that was ready is no longer in the TPM");
                device.drop_ready(&self.record)?;
                Ok(None)
            }
        }
    }

    /// Loads the key, and keeps it ready if it can be. The seed of a key that is bound to PCRs is
    /// unsealed at each use: only the TPM knows whether they fit.
    fn with_loaded(&self, device: &mut Device) -> Result<RawSignature, Failure> {
        match (&self.wanted.to_sign, &self.wanted.pin) {
            (ToSign::Message(message), None) if self.record.key.pcrs.is_none() => {
                self.with_unsealed(device, message)
            }
            _ => self.with_loaded_object(device),
        }
    }

    /// Unseals the seed, and keeps it ready unless seeds were wiped in the meantime.
    fn with_unsealed(&self, device: &mut Device, message: &[u8]) -> Result<RawSignature, Failure> {
        let key = &self.record.key;
        let seed = device.with_room(|base| {
            let authorization = Authorization::of(key, None);
            sealed::load_and_unseal(base, &key.blob, &key.parent, authorization)
        })?;
        let signed = seed.sign(&key.public, message)?;
        device.keep_seed(&self.record, seed, self.asked);
        Ok(signed)
    }

    fn with_loaded_object(&self, device: &mut Device) -> Result<RawSignature, Failure> {
        let Some(loaded) = device.make_ready(&self.record)? else {
            return device.with_room(|base| load_and_sign(base, &self.record, &self.wanted));
        };
        let signed = self.wanted.by(loaded, &self.record.key);
        if signed
            .as_ref()
            .is_err_and(|failure| !self.is_final(failure))
        {
            device.drop_ready(&self.record)?;
        }
        signed
    }

    /// Whether loading the key again would not help. A key without a PIN cannot have a wrong one;
    /// an object that says so belongs to another program and took the handle.
    fn is_final(&self, failure: &Failure) -> bool {
        match failure {
            Failure::Gone(_) | Failure::GoneInTry(_) => true,
            Failure::OtherPcrs(..) | Failure::PcrsMoved(_) => true,
            Failure::WrongPin(_) | Failure::InLockout(_) => self.wanted.pin.is_some(),
            _ => false,
        }
    }
}
