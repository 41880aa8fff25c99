//! `sshtpm parent`: prints the parent key of this machine's TPM, for which another machine can
//! encrypt a key.
//!
//! May touch: the broker.

use super::args::ParentArgs;
use super::error::Failure;
use super::output::{Output, advise, print};
use super::own_parent;
use super::parent_name::ParentName;
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// There is no TPM in use, or nothing can be printed.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &ParentArgs,
) -> Result<(), Failure> {
    let parent = own_parent::read(session, "cannot show the TPM's parent key").await?;
    let name = ParentName::of(&parent);
    if args.fingerprint {
        return print(&name.to_string());
    }
    print(parent.to_text().trim_end())?;
    if !output.is_quiet() {
        advise(&format!("The fingerprint of the parent key is:\n{name}"));
    }
    Ok(())
}
