//! Signs with a PIN that is not known to be right: the TPM checks it when it signs. Where nothing
//! but the PIN was to be checked, the broker discards the signature.
//!
//! First the broker asks the chip how many tries it has left. Both commands are in one job, so
//! that only other programs can come in between.

use std::sync::Arc;

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use super::lockout;
use super::wanted::{Wanted, load_and_sign};
use sshtpm_core::key::KeyRecord;
use sshtpm_core::pins::{Attempt, Outcome, Reserve};
use sshtpm_core::signature::RawSignature;
use sshtpm_ssh::tpm::Lockout;

/// Signs with a PIN in a try. The try is not repeated if the connection was lost during it.
pub(super) struct SignInTry {
    pub(super) record: Arc<KeyRecord>,
    pub(super) wanted: Wanted,
    pub(super) reserve: Reserve,
    /// How many tries of this user the chip may remember as wrong, this one included.
    pub(super) own: usize,
}

impl Operation for SignInTry {
    type Output = Attempt<RawSignature>;

    fn run(&self, device: &mut Device) -> Result<Attempt<RawSignature>, Failure> {
        attempt(device, self.reserve, self.own, |device| self.sign(device))
    }
}

impl SignInTry {
    /// Signs once, with a key that is loaded for this: if one that was ready is no longer there,
    /// that must not cost the user a try. Where keys with a PIN can stay ready, this one does.
    fn sign(&self, device: &mut Device) -> Result<RawSignature, Failure> {
        device.drop_ready(&self.record)?;
        let Some(loaded) = device.make_ready(&self.record)? else {
            return device.with_room(|base| load_and_sign(base, &self.record, &self.wanted));
        };
        let signed = self.wanted.by(loaded, &self.record.key);
        if signed.is_err() {
            device.drop_ready(&self.record)?;
        }
        signed
    }
}

/// Runs a command that a PIN authorizes, unless the chip or this user has too few tries left.
pub(super) fn attempt<T>(
    device: &mut Device,
    reserve: Reserve,
    own: usize,
    try_it: impl FnOnce(&mut Device) -> Result<T, Failure>,
) -> Result<Attempt<T>, Failure> {
    let lockout = lockout::read(device)?;
    if !reserve.allows(&lockout) || !reserve.leaves_others_some(&lockout, own) {
        let outcome = Outcome::Spared;
        return Ok(Attempt { lockout, outcome });
    }
    let (in_lockout, outcome) = match try_it(device) {
        Ok(done) => (false, Outcome::Right(done)),
        Err(Failure::WrongPin(_)) => (false, Outcome::Wrong),
        // Another program used up the last tries in between.
        Err(Failure::InLockout(_)) => (true, Outcome::Spared),
        // The chip may have counted it, and one PIN must not become two tries.
        Err(Failure::Gone(cause)) => return Err(Failure::GoneInTry(cause)),
        Err(failure) => return Err(failure),
    };
    let lockout = Lockout {
        in_lockout,
        ..lockout
    };
    Ok(Attempt { lockout, outcome })
}
