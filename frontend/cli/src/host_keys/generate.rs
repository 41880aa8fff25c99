//! `sshtpm host-keys generate`: generates a host key in the TPM.

use sshtpm_dbus::HOST_USER;

use crate::args::NewKeyArgs;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::keygen::{self, NewKey};
use crate::output::Output;
use crate::person;
use crate::sealed;
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// Wrong usage, or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: NewKeyArgs,
) -> Result<(), Failure> {
    let algorithm = keygen::parse_algorithm(&args)?;
    let comment = args.comment.unwrap_or_else(|| person::at_this_host("root"));
    let place = algorithm.place();
    output.notice(&format!(
        "Generating a host key {place} the TPM ({algorithm})."
    ))?;
    let new = NewKey {
        owner: Some(HOST_USER),
        ..NewKey::own(algorithm, &comment)
    };
    let key = keygen::generate(session, new).await?;
    output.notice(&format!(
        "The key fingerprint is:\n{}\nMake sshd use it with: sshtpm host-keys enable",
        describe(&key)
    ))?;
    match sealed::note(&key) {
        Some(note) => output.notice(note),
        None => Ok(()),
    }
}
