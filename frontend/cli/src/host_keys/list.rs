//! `sshtpm host-keys list`: the host keys in the TPM.

use sshtpm_dbus::HOST_USER;

use crate::args::HostKeysListArgs;
use crate::error::Failure;
use crate::last_use::LastUses;
use crate::list;
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or the list cannot be printed.
pub(crate) async fn run(session: &Session, args: HostKeysListArgs) -> Result<(), Failure> {
    let none = "There are no host keys. Make one with `sshtpm host-keys generate`.";
    let keys = session.list(Some(HOST_USER)).await?;
    list::show(&keys, &LastUses::default(), args.json, args.wide, none)
}
