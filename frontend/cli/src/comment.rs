//! `sshtpm comment`: renames a key.

use super::args::CommentArgs;
use super::error::Failure;
use super::key_selector::KeySelector;
use super::output::Output;
use super::session::{Options, Session};
use sshtpm_ssh::text::printable;

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &CommentArgs,
) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let key = KeySelector::new(&args.key).find(&keys, None)?;
    session
        .call("cannot rename the key", async |keys| {
            keys.set_comment(&key.fingerprint, &args.text, &Options::new())
                .await
        })
        .await?;
    output.notice(&format!(
        "{} is now called `{}`",
        printable(&key.fingerprint),
        printable(&args.text)
    ))
}
