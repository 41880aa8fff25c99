//! `sshtpm host-keys list`: the host keys in the TPM.

use sshtpm_dbus::HOST_USER;

use crate::cli::args::JsonArgs;
use crate::cli::error::Failure;
use crate::cli::list;
use crate::cli::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or the list cannot be printed.
pub(crate) async fn run(session: &Session, format: JsonArgs) -> Result<(), Failure> {
    let none = "no host keys; make one with `sshtpm host-keys generate`";
    list::show(session, Some(HOST_USER), format, none).await
}
