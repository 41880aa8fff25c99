//! Checks a PIN: the TPM checks it when it signs, and the broker discards the signature.
//!
//! First the broker asks the chip how many tries it has left. Both commands are in one job, so
//! that only other programs can come in between.

use std::sync::Arc;

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use super::lockout;
use super::wanted::{Wanted, load_and_sign};
use sshtpm_core::pins::{Attempt, Outcome, Pin, Reserve};
use sshtpm_core::requests::Unlock;
use sshtpm_ssh::tpm::Lockout;

/// Checks a PIN. The check is not repeated if the connection was lost during the try.
pub(super) struct CheckPin {
    pub(super) request: Unlock,
    pub(super) pin: Arc<Pin>,
    /// How many tries of this user the chip may remember as wrong, this one included.
    pub(super) own: usize,
}

impl Operation for CheckPin {
    type Output = Attempt<()>;

    fn run(&self, device: &mut Device) -> Result<Attempt<()>, Failure> {
        let Unlock {
            record,
            to_sign,
            reserve,
            ..
        } = &self.request;
        let wanted = Wanted {
            to_sign: to_sign.clone(),
            pin: Some(Arc::clone(&self.pin)),
        };
        attempt(device, *reserve, self.own, |device| {
            device.with_room(|base| load_and_sign(base, record, &wanted).map(drop))
        })
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
