//! The name of the process, and its protection against other programs.
//!
//! Specs: prctl(2).

use std::ffi::CStr;

use nix::sys::prctl;

use crate::error::AgentError;

/// The name of the process, for `ps` and `-k`. The kernel would name it `exe` if it was started as
/// `/proc/self/exe`.
pub(crate) const NAME: &CStr = c"sshtpm-agent";

/// Names the process. Hides its memory from other programs of the user and from core dumps,
/// because the data to be signed is in it for a while.
///
/// # Errors
///
/// The kernel refuses.
pub(crate) fn set_up() -> Result<(), AgentError> {
    let name = prctl::set_name(NAME);
    let all = name.and_then(|()| prctl::set_dumpable(false));
    all.map_err(|error| AgentError::Process(error.into()))
}
