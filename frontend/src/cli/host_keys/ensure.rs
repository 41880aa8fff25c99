//! `sshtpm host-keys ensure`: makes sure that sshd has a host key of each wanted type in the TPM.
//!
//! Purpose: what a machine runs at each boot before sshd, in `sshtpm-host-keygen.service`. Doing it
//! again changes nothing. It must never wait for what is started after it, nor reload sshd.

use std::time::{Duration, Instant};

use sshtpm_dbus::{Error, HOST_USER, KeyInfo, TpmState};

use super::config::Config;
use super::config_dir::ConfigDir;
use super::host_key_set::HostKeySet;
use super::key_types::KeyTypes;
use super::sshd::Sshd;
use super::{apply, enable};
use crate::cli::args::EnsureArgs;
use crate::cli::error::Failure;
use crate::cli::key_selector::describe;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::{keygen, person};

/// How long a TPM may be starting: three times as long as the broker lets it work at a command where
/// nothing else is configured.
const MAX_STARTING: Duration = Duration::from_secs(60);

/// Pause between two looks.
const STEP: Duration = Duration::from_millis(200);

/// What all of this is for.
const WHAT: &str = "cannot make sure that sshd has host keys in the TPM";

/// Runs the command.
///
/// # Errors
///
/// Those of `enable`; or the TPM is not ready, or cannot make such a key. sshd's configuration is
/// then as it was before; keys that were generated stay, for the next try.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &EnsureArgs,
) -> Result<(), Failure> {
    let place = ConfigDir::of(&args.enable.sshd)?;
    let sshd = Sshd::find(&args.enable.sshd, &place)?;
    let mut config = Config::of(&args.enable)?;
    if !args.types.is_empty() {
        config.types = KeyTypes::try_from(args.types.clone())
            .map_err(|error| Failure::Usage(format!("--type: {error}")))?;
    }
    let _lock = place.lock()?;
    // Before keys are made that could not be used.
    apply::check_drop_in(&place)?;
    wait_for_tpm(session, output).await?;
    let keys = HostKeySet::new(session.list(Some(HOST_USER)).await?)?;
    let keys = complete(session, output, &config.types, keys).await?;
    enable::hand_over(output, &sshd, &args.enable, &config, &keys).await
}

async fn wait_for_tpm(session: &Session, output: Output) -> Result<(), Failure> {
    let tpm = session.tpm().await?;
    let cannot = |error| Failure::from_broker(WHAT, &Error::from(error));
    let start = Instant::now();
    let mut state = tpm.state().await.map_err(cannot)?;
    if state == TpmState::Starting {
        output.notice("Waiting for the TPM, which is starting.")?;
    }
    while state == TpmState::Starting && start.elapsed() < MAX_STARTING {
        tokio::time::sleep(STEP).await;
        state = tpm.state().await.map_err(cannot)?;
    }
    if state == TpmState::Ready {
        return Ok(());
    }
    let reason = tpm.state_reason().await.map_err(cannot)?;
    Err(
        Failure::new(WHAT, format!("the TPM is {state} ({reason})")).and_next(
            "Nothing was changed. Try again once `sshtpm status` says that the TPM is ready.",
        ),
    )
}

/// `keys`, and new ones of the `types` that are missing among the usable ones.
async fn complete(
    session: &Session,
    output: Output,
    types: &KeyTypes,
    mut keys: HostKeySet,
) -> Result<HostKeySet, Failure> {
    for algorithm in types.missing(&keys.usable) {
        output.notice(&format!("Generating {algorithm} host key in the TPM."))?;
        let comment = person::at_this_host("root");
        let key = keygen::generate(session, algorithm, &comment, Some(HOST_USER)).await?;
        output.notice(&format!("The key fingerprint is:\n{}", describe(&key)))?;
        keys.usable.push(key);
    }
    keys.usable.sort_by(by_age);
    Ok(keys)
}

/// As the broker's keys are listed, so that each key has the same file name next time.
fn by_age(one: &KeyInfo, other: &KeyInfo) -> std::cmp::Ordering {
    (one.created, &one.fingerprint).cmp(&(other.created, &other.fingerprint))
}
