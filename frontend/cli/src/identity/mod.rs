//! `sshtpm identity`: the endorsement keys of the TPM, their certificates, and the hashes by which
//! a machine is enrolled.
//!
//! May touch: the broker, and the directory that is named. Must never say of a certificate that it
//! is good: it is shown as it is in the TPM.

mod certificate;
mod files;
mod json;
mod key;
mod shown;

use sshtpm_dbus::{Error, MachineIdentity};

use self::json::IdentityJson;
use self::key::Identity;
use super::args::IdentityArgs;
use super::error::Failure;
use super::output::{Output, print, print_json};
use super::session::{Options, Session};

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, the TPM shows no key of a known kind, or files cannot be written.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &IdentityArgs,
) -> Result<(), Failure> {
    let identity = Identity::read(&ask(session).await?)?;
    let written = match &args.output {
        Some(directory) => files::write(&identity, directory)?,
        None => Vec::new(),
    };
    if args.json.json {
        return print_json(&IdentityJson::new(&identity));
    }
    print(&shown::lines(&identity))?;
    for path in written {
        output.notice(&format!("Wrote {}.", path.display()))?;
    }
    Ok(())
}

async fn ask(session: &Session) -> Result<MachineIdentity, Failure> {
    let what = "cannot show the identity of the TPM";
    let call = async |broker: &sshtpm_client::Broker| -> Result<MachineIdentity, Error> {
        Ok(broker.attestation().get_identity(&Options::new()).await?)
    };
    let answer = session.attempt_at_tpm(what, call).await?;
    answer.map_err(|error| Failure::from_broker(what, &error))
}
