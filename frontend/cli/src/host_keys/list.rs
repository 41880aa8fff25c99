//! `sshtpm host-keys list`: the host keys in the TPM.

use sshtpm_dbus::HOST_USER;

use crate::args::JsonArgs;
use crate::error::Failure;
use crate::list;
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or the list cannot be printed.
pub(crate) async fn run(session: &Session, format: JsonArgs) -> Result<(), Failure> {
    let none = "no host keys; make one with `sshtpm host-keys generate`";
    list::show(session, Some(HOST_USER), format, none).await
}
