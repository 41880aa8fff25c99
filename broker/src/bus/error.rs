//! From the core's errors to those on the bus: the kind is the core's, the words are its text.

use sshtpm_core::error::Error;
use sshtpm_dbus::Error as BusError;

pub(super) fn to_bus(error: &Error) -> BusError {
    BusError::new(error.kind(), error.to_string())
}
