//! `sshtpm host-keys generate`: generates a host key in the TPM.

use sshtpm_dbus::HOST_USER;

use crate::args::NewKeyArgs;
use crate::derived::{self, Derivation};
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
    let comment = args.comment.clone();
    let comment = comment.unwrap_or_else(|| person::at_this_host("root"));
    let place = algorithm.place();
    let derivation = Derivation::of(&args.derivation);
    output.notice(&match derivation {
        None => format!("Generating a host key {place} the TPM ({algorithm})."),
        Some(derivation) => derivation.begins("host key", algorithm),
    })?;
    let new = NewKey {
        owner: Some(HOST_USER),
        derivation,
        ..NewKey::own(algorithm, &comment)
    };
    let key = keygen::generate(session, new).await?;
    output.notice(&format!(
        "The key fingerprint is:\n{}\nMake sshd use it with: sshtpm host-keys enable",
        describe(&key)
    ))?;
    if let Some(note) = derived::note(&key) {
        output.notice(&note)?;
    }
    match sealed::note(&key) {
        Some(note) => output.notice(note),
        None => Ok(()),
    }
}
