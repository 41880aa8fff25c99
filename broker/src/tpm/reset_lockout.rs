//! TPM2_DictionaryAttackLockReset (TPM 2.0 Part 3, §25.2), which `tss_esapi` 7.7 does not have.
//!
//! The password of the lockout hierarchy goes to the chip in clear (a password session):
//! administrators who distrust the chip's bus should reset the lockout another way.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::device::Device;
use super::failure::{Cause, Failure, means_bad_auth};
use super::jobs::Operation;
use super::raw_command;
use sshtpm_core::pins::Pin;

const COMMAND: &str = "TPM2_DictionaryAttackLockReset";

/// Has the TPM forget all failed tries.
pub(super) struct Reset {
    pub(super) password: Option<Arc<Pin>>,
}

impl Operation for Reset {
    type Output = ();

    fn run(&self, device: &mut Device) -> Result<(), Failure> {
        let password = self.password.as_ref().map_or(&[][..], |one| one.as_bytes());
        let command = marshal(password).ok_or_else(|| other("a password that is too long"))?;
        for _ in 0..SUBMISSIONS {
            let code = raw_command::send(device.address(), &command).map_err(|cause| {
                Failure::Gone(Cause {
                    command: COMMAND,
                    answer: cause.to_string(),
                })
            })?;
            match code {
                SUCCESS => return Ok(()),
                YIELDED | TESTING | RETRY => {}
                LOCKOUT => return Err(Failure::WrongPin(cause(code))),
                code if means_bad_auth(code) => return Err(Failure::WrongPin(cause(code))),
                code => return Err(Failure::Other(cause(code))),
            }
        }
        Err(other("again and again that it has to be tried again"))
    }
}

/// How often a command is sent that the TPM wants to have sent again, as libtss2 does.
const SUBMISSIONS: usize = 5;

// TPM 2.0 Part 2, tables "TPM_ST Constants", "TPM_CC Constants", "TPM_RH Constants", "TPM_RC
// Constants".
const ST_SESSIONS: u16 = 0x8002;
const CC_DICTIONARY_ATTACK_LOCK_RESET: u32 = 0x139;
const RH_LOCKOUT: u32 = 0x4000_000a;
const RS_PW: u32 = 0x4000_0009;
const SUCCESS: u32 = 0;
const YIELDED: u32 = 0x908;
const TESTING: u32 = 0x90a;
/// The password was wrong before, and its time is not over.
const LOCKOUT: u32 = 0x921;
const RETRY: u32 = 0x922;

/// The command with its header: handle, and one password as authorization (TPM 2.0 Part 1,
/// "Authorization Area": session handle, nonce, attributes, password).
fn marshal(password: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const AUTHORIZATION_BYTES: usize = 4 + 2 + 1 + 2;
    const COMMAND_BYTES: usize = 2 + 4 + 4 + 4 + 4 + AUTHORIZATION_BYTES;
    let authorization = u32::try_from(AUTHORIZATION_BYTES + password.len()).ok()?;
    let length = COMMAND_BYTES + password.len();
    // Of its length from the start: a vector that grows leaves copies behind.
    let mut command = Zeroizing::new(Vec::with_capacity(length));
    command.extend(ST_SESSIONS.to_be_bytes());
    command.extend(u32::try_from(length).ok()?.to_be_bytes());
    command.extend(CC_DICTIONARY_ATTACK_LOCK_RESET.to_be_bytes());
    command.extend(RH_LOCKOUT.to_be_bytes());
    command.extend(authorization.to_be_bytes());
    command.extend(RS_PW.to_be_bytes());
    command.extend([0, 0, 0]);
    command.extend(u16::try_from(password.len()).ok()?.to_be_bytes());
    command.extend(password);
    Some(command)
}

fn cause(code: u32) -> Cause {
    let answer = format!("{code:#x}");
    Cause {
        command: COMMAND,
        answer,
    }
}

fn other(answer: &str) -> Failure {
    Failure::Other(Cause {
        command: COMMAND,
        answer: answer.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_that_of_the_specification() {
        let without = marshal(b"").expect("a command");
        let expected: [u8; 27] = [
            0x80, 0x02, 0, 0, 0, 27, 0, 0, 0x01, 0x39, 0x40, 0, 0, 0x0a, 0, 0, 0, 9, 0x40, 0, 0,
            0x09, 0, 0, 0, 0, 0,
        ];
        assert_eq!(without[..], expected);
    }

    #[test]
    fn lengths_and_place_of_the_password_are_right() {
        let with = marshal(b"abc").expect("a command");
        assert_eq!((with.len(), with[5], with[17]), (30, 30, 12));
        assert_eq!(with[25..], [0, 3, b'a', b'b', b'c']);
    }
}
