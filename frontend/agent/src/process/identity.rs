//! The process itself.
//!
//! Specs: prctl(2).

use std::ffi::CStr;

use nix::sys::prctl;

use crate::error::AgentError;

/// Name of the process, as `ps` shows it and `-k` knows it, even where it was started as
/// `/proc/self/exe`.
pub(crate) const NAME: &CStr = c"sshtpm-agent";

/// Gives the process its name, and keeps other programs of the user out of its memory and core
/// dumps: what is to be signed is there for a while.
///
/// # Errors
///
/// The kernel refused, which it does not do.
pub(crate) fn set_up() -> Result<(), AgentError> {
    let name = prctl::set_name(NAME);
    let all = name.and_then(|()| prctl::set_dumpable(false));
    all.map_err(|error| AgentError::Process(error.into()))
}
