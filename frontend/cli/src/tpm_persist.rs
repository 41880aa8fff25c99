//! `sshtpm tpm persist`: keeps a key in the TPM permanently, so that it signs faster.

use super::args::PersistArgs;
use super::error::Failure;
use super::key_selector::{KeySelector, describe};
use super::output::Output;
use super::session::{Session, owner_option};

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, it has a PIN, there is no room in the TPM, or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &PersistArgs,
) -> Result<(), Failure> {
    let owner = args.owner.as_deref();
    let keys = session.list(owner).await?;
    let key = KeySelector::new(&args.key).find(&keys, owner)?;
    let options = owner_option(owner);
    let (what, done) = match args.undo {
        false => ("cannot keep the key in the TPM", "The TPM keeps key"),
        true => (
            "cannot free the room of the key in the TPM",
            "The TPM no longer keeps key",
        ),
    };
    session
        .call(what, async |keys| {
            keys.set_persistent(&key.fingerprint, !args.undo, &options)
                .await
        })
        .await?;
    output.notice(&format!("{done} {}", describe(key)))
}
