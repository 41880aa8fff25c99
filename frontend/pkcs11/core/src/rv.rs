//! What a function returns to the program.
//!
//! Specs: PKCS #11 2.40, section 5.1, "Function return values".

use cryptoki_sys::{
    CK_RV, CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY, CKR_FUNCTION_CANCELED,
    CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID, CKR_MECHANISM_INVALID,
    CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_USER_NOT_LOGGED_IN,
};
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;

/// Why a function failed: one of the specification's `CKR_` values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rv(pub CK_RV);

impl From<Error> for Rv {
    /// The value that says best what the program can do. The broker's text has no way to a person
    /// here; it is in the broker's journal and in the record of use.
    fn from(error: Error) -> Self {
        Self(match error.kind() {
            ErrorKind::PinRequired => CKR_USER_NOT_LOGGED_IN,
            ErrorKind::WrongPin => CKR_PIN_INCORRECT,
            ErrorKind::PinTriesExceeded => CKR_PIN_LOCKED,
            ErrorKind::NotAuthorized | ErrorKind::PurposeNotPermitted => {
                CKR_KEY_FUNCTION_NOT_PERMITTED
            }
            ErrorKind::NoSuchKey | ErrorKind::KeyLost => CKR_KEY_HANDLE_INVALID,
            ErrorKind::UnsupportedAlgorithm => CKR_MECHANISM_INVALID,
            ErrorKind::LimitsExceeded => CKR_DEVICE_MEMORY,
            ErrorKind::InteractiveAuthorizationRequired => CKR_FUNCTION_CANCELED,
            _ => CKR_DEVICE_ERROR,
        })
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;

    use super::Rv;

    #[test]
    fn no_error_of_the_broker_passes_for_success() {
        for kind in ErrorKind::ALL {
            assert_ne!(Rv::from(Error::new(kind, "")), Rv(0), "{kind:?}");
        }
    }
}
