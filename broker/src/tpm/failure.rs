//! What a response code means for us.
//!
//! Specs: TPM 2.0 Part 2, §6.6 (TPM_RC); TSS 2.0 Overview, "Response Code Layers": bits 16 to 23
//! tell which layer speaks, and `tss_esapi`'s own `kind()` ignores them.

use tss_esapi::constants::response_code::Tss2ResponseCode;

use sshtpm_core::error::TpmError;
use sshtpm_core::tpm_facts::TpmState;

/// Why the TPM did not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nobody answers: no device, connection lost, or a TPM that lost its state. A new connection
    /// may help.
    Gone(Cause),
    /// The same while a PIN was tried. A new connection may help, but that PIN is not tried again.
    GoneInTry(Cause),
    /// The slots for objects or sessions are taken. A new connection may help.
    Exhausted(Cause),
    /// There is no usable parent; the text says what to do.
    NoParent(String),
    /// The parent wants a password, which we do not have. Asking again could lock the TPM.
    ParentAuth,
    /// The parent is not the one that was found when the connection was made: somebody cleared the
    /// TPM or replaced its parent. A new connection finds the one there is now.
    ParentChanged(Cause),
    /// The TPM does not take the key as a child of the parent. It may be the parent that changed, so
    /// a new connection has to tell.
    KeyRefused(Cause),
    /// The key's parent is not the parent in the TPM.
    KeyLost(Cause),
    /// The PIN is wrong, or the password of the lockout hierarchy.
    WrongPin(Cause),
    /// It is in lockout, and what was asked for is protected against guessing.
    InLockout(Cause),
    /// There is no room for one more key that stays; the text says what to do.
    NoRoom(&'static str),
    /// The owner hierarchy has a password, which we do not have.
    OwnerAuth,
    /// It said no, for a reason that we did not expect.
    Other(Cause),
}

/// What was tried and what the answer was, for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) command: &'static str,
    pub(super) answer: String,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.command, self.answer)
    }
}

/// Sorts an answer to `command`.
pub(super) fn sort(command: &'static str) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| {
        let cause = Cause {
            command,
            answer: described(error),
        };
        match code(error) {
            Some(code) if from_tpm(code) => match code & !LAYERS {
                rc::CONTEXT_GAP | rc::INITIALIZE | rc::REBOOT => Failure::Gone(cause),
                rc::OBJECT_MEMORY
                | rc::SESSION_MEMORY
                | rc::OBJECT_HANDLES
                | rc::SESSION_HANDLES => Failure::Exhausted(cause),
                rc::LOCKOUT => Failure::InLockout(cause),
                _ => Failure::Other(cause),
            },
            Some(code) if code & LAYERS == TCTI_LAYER => Failure::Gone(cause),
            Some(ESYS_BAD_SEQUENCE) => Failure::Gone(cause),
            _ => Failure::Other(cause),
        }
    }
}

/// Whether the TPM itself says that an authorization is wrong.
pub(super) fn is_bad_auth(error: tss_esapi::Error) -> bool {
    code(error).is_some_and(means_bad_auth)
}

/// Whether a code of the TPM says so.
pub(super) fn means_bad_auth(code: u32) -> bool {
    let number = (from_tpm(code) && code & FORMAT_ONE != 0).then_some(code & FORMAT_ONE_NUMBER);
    matches!(number, Some(rc::AUTH_FAIL | rc::BAD_AUTH))
}

/// Sorts an answer to `command`, which a PIN authorizes.
pub(super) fn sort_with_pin(command: &'static str) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(cause) if is_bad_auth(error) => Failure::WrongPin(cause),
        failure => failure,
    }
}

/// Whether the TPM says that there is nothing at a handle.
pub(super) fn is_no_object(error: tss_esapi::Error) -> bool {
    format_one(error) == Some(rc::HANDLE)
}

/// Sorts an answer to `command`, which uses the parent and is authorized with its empty password.
pub(super) fn sort_with_parent(command: &'static str) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(cause) if is_no_object(error) => Failure::ParentChanged(cause),
        Failure::Other(_) if is_bad_auth(error) => Failure::ParentAuth,
        failure => failure,
    }
}

/// Sorts an answer to `command`, which the owner hierarchy authorizes with its empty password, and which
/// keeps something in the TPM or removes it.
pub(super) fn sort_with_owner(command: &'static str) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(_) if is_bad_auth(error) => Failure::OwnerAuth,
        Failure::Other(_) if code(error) == Some(rc::NV_SPACE) => Failure::NoRoom(NO_MEMORY),
        failure => failure,
    }
}

/// Whether the TPM says that it cannot make a key of this kind.
pub(super) fn is_not_offered(error: tss_esapi::Error) -> bool {
    matches!(
        format_one(error),
        Some(
            rc::ASYMMETRIC
                | rc::HASH
                | rc::VALUE
                | rc::KEY_SIZE
                | rc::TYPE
                | rc::SCHEME
                | rc::CURVE
        )
    )
}

/// Whether the TPM says that a blob was not made under this parent, or is damaged.
pub(super) fn is_foreign_blob(error: tss_esapi::Error) -> bool {
    matches!(
        format_one(error),
        Some(rc::INTEGRITY | rc::BINDING | rc::SIZE)
    )
}

/// The error number of a format-one code of the TPM layer: the number without the handle,
/// parameter or session that it is about.
fn format_one(error: tss_esapi::Error) -> Option<u32> {
    code(error)
        .filter(|&code| from_tpm(code) && code & FORMAT_ONE != 0)
        .map(|code| code & FORMAT_ONE_NUMBER)
}

fn from_tpm(code: u32) -> bool {
    code & LAYERS == 0
}

/// What `tss_esapi` says, and the number: it takes codes of other layers for something else.
fn described(error: tss_esapi::Error) -> String {
    match code(error) {
        Some(code) => format!("{error} ({code:#x})"),
        None => error.to_string(),
    }
}

/// The number, which `tss_esapi` 7.7 shows in its text alone. That text is made in the crate; the C
/// library, which has texts of its own in each version, has no part in it.
fn code(error: tss_esapi::Error) -> Option<u32> {
    let text = match error {
        tss_esapi::Error::Tss2Error(Tss2ResponseCode::FormatZero(code)) => code.to_string(),
        tss_esapi::Error::Tss2Error(Tss2ResponseCode::FormatOne(code)) => code.to_string(),
        _ => return None,
    };
    let (_, digits) = text.rsplit_once("0x")?;
    u32::from_str_radix(digits, 16).ok()
}

const LAYERS: u32 = 0x00ff_0000;
const TCTI_LAYER: u32 = 0x000a_0000;
/// What libtss2 says to every further command after an answer that it could not make anything of, such
/// as one whose HMAC is wrong: its context is of no use any more (TSS2_ESYS_RC_BAD_SEQUENCE).
const ESYS_BAD_SEQUENCE: u32 = 0x0007_0007;
const FORMAT_ONE: u32 = 0x80;
const FORMAT_ONE_NUMBER: u32 = 0xbf;

/// TPM 2.0 Part 2, tables "TPM_RC Constants".
mod rc {
    pub(super) const INITIALIZE: u32 = 0x100;
    pub(super) const REBOOT: u32 = 0x130;
    pub(super) const NV_SPACE: u32 = 0x14b;
    pub(super) const CONTEXT_GAP: u32 = 0x901;
    pub(super) const OBJECT_MEMORY: u32 = 0x902;
    pub(super) const SESSION_MEMORY: u32 = 0x903;
    pub(super) const SESSION_HANDLES: u32 = 0x905;
    pub(super) const OBJECT_HANDLES: u32 = 0x906;
    pub(super) const LOCKOUT: u32 = 0x921;
    pub(super) const ASYMMETRIC: u32 = 0x81;
    pub(super) const HASH: u32 = 0x83;
    pub(super) const VALUE: u32 = 0x84;
    pub(super) const KEY_SIZE: u32 = 0x87;
    pub(super) const TYPE: u32 = 0x8a;
    pub(super) const HANDLE: u32 = 0x8b;
    pub(super) const AUTH_FAIL: u32 = 0x8e;
    pub(super) const SCHEME: u32 = 0x92;
    pub(super) const SIZE: u32 = 0x95;
    pub(super) const INTEGRITY: u32 = 0x9f;
    pub(super) const BAD_AUTH: u32 = 0xa2;
    pub(super) const BINDING: u32 = 0xa5;
    pub(super) const CURVE: u32 = 0xa6;
}

impl Failure {
    /// Whether a new connection may help.
    pub(super) fn wants_new_connection(&self) -> bool {
        matches!(
            self,
            Self::Gone(_)
                | Self::GoneInTry(_)
                | Self::Exhausted(_)
                | Self::ParentChanged(_)
                | Self::KeyRefused(_)
        )
    }

    /// Whether what failed may be done again, on a new connection.
    pub(super) fn may_be_repeated(&self) -> bool {
        self.wants_new_connection() && !matches!(self, Self::GoneInTry(_))
    }

    /// The state of a TPM that cannot be used for this reason, and what to tell people.
    pub(super) fn as_state(&self, address: &str) -> (TpmState, String) {
        match self {
            Self::Gone(_) | Self::GoneInTry(_) => (
                TpmState::Absent,
                format!(
                    "there is no TPM at {address}; check that it is enabled in the firmware setup \
                     and that its driver is loaded"
                ),
            ),
            Self::NoParent(advice) => (TpmState::Unprovisioned, advice.clone()),
            Self::ParentAuth => (TpmState::Unprovisioned, PARENT_AUTH.to_owned()),
            Self::Exhausted(_) => (
                TpmState::Failed,
                format!("the TPM at {address} has no room for a key; another program fills it"),
            ),
            Self::ParentChanged(_) | Self::KeyRefused(_) => (
                TpmState::Starting,
                format!("the TPM at {address} may have another parent key; looking again"),
            ),
            Self::KeyLost(_)
            | Self::WrongPin(_)
            | Self::InLockout(_)
            | Self::NoRoom(_)
            | Self::OwnerAuth
            | Self::Other(_) => (
                TpmState::Failed,
                format!("the TPM at {address} answers with errors; see the broker's journal"),
            ),
        }
    }

    /// What the caller of one request is told.
    pub(super) fn as_error(&self, address: &str) -> TpmError {
        match self {
            Self::Gone(_) | Self::Exhausted(_) | Self::ParentChanged(_) => {
                TpmError::Unavailable(self.as_state(address).1)
            }
            Self::NoParent(_) | Self::ParentAuth => {
                TpmError::ParentUnavailable(self.as_state(address).1)
            }
            Self::KeyRefused(_) | Self::KeyLost(_) => TpmError::KeyLost,
            Self::WrongPin(_) => TpmError::WrongPin,
            Self::InLockout(_) => TpmError::InLockout,
            Self::NoRoom(advice) => TpmError::NoRoom(advice),
            Self::OwnerAuth => TpmError::OwnerHasPassword,
            Self::GoneInTry(_) | Self::Other(_) => TpmError::Failed,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone(cause)
            | Self::GoneInTry(cause)
            | Self::Exhausted(cause)
            | Self::ParentChanged(cause)
            | Self::KeyRefused(cause)
            | Self::KeyLost(cause)
            | Self::WrongPin(cause)
            | Self::InLockout(cause)
            | Self::Other(cause) => cause.fmt(f),
            Self::NoParent(advice) => f.write_str(advice),
            Self::ParentAuth => f.write_str(PARENT_AUTH),
            Self::NoRoom(advice) => f.write_str(advice),
            Self::OwnerAuth => f.write_str("the owner hierarchy has a password"),
        }
    }
}

const NO_MEMORY: &str = "the TPM has no memory left for one more key; have it keep another one no longer \
    with `sshtpm tpm persist --undo KEY`, or see what other programs keep in it: `tpm2_getcap \
    handles-persistent` and `tpm2_getcap handles-nv-index`";

const PARENT_AUTH: &str = "the parent key at 0x81000001 has a password; sshtpm needs a parent \
    without one: as the TPM's owner, remove it with `tpm2_evictcontrol -C o -c 0x81000001` if \
    nothing else uses it, and restart sshtpm-broker";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layer_of_a_code_is_told_apart_from_its_number() {
        assert!(from_tpm(rc::OBJECT_MEMORY));
        assert!(!from_tpm(TCTI_LAYER | 0xa));
    }

    #[test]
    fn a_device_that_is_not_there_is_gone_and_the_journal_has_the_number() {
        let address: crate::tpm::Address = "device:/nonexistent/tpm".parse().expect("an address");
        let tcti = address.tcti().expect("a TCTI");
        let error = tss_esapi::Context::new(tcti).expect_err("no device");
        assert_eq!(code(error).map(|code| code & LAYERS), Some(TCTI_LAYER));
        let Failure::Gone(cause) = sort("connect")(error) else {
            panic!("{error} is not taken for a TPM that is gone");
        };
        assert!(cause.to_string().contains("(0xa"), "{cause}");
    }

    #[test]
    fn a_pin_that_may_have_been_counted_is_not_tried_again_and_is_not_said_to_be_none() {
        let cause = || Cause {
            command: "TPM2_Sign",
            answer: "lost".to_owned(),
        };
        let (gone, in_try) = (Failure::Gone(cause()), Failure::GoneInTry(cause()));
        assert!(gone.may_be_repeated() && gone.wants_new_connection());
        assert!(!in_try.may_be_repeated() && in_try.wants_new_connection());
        // Of which the core does not take the try back.
        assert_eq!(in_try.as_error("swtpm"), TpmError::Failed);
    }

    #[test]
    fn a_format_one_number_is_found_whatever_it_is_about() {
        for about in [0x100, 0x900, 0x040 | 0x200] {
            assert_eq!((rc::HANDLE | about) & FORMAT_ONE_NUMBER, rc::HANDLE);
            assert_eq!((rc::AUTH_FAIL | about) & FORMAT_ONE_NUMBER, rc::AUTH_FAIL);
        }
    }
}
