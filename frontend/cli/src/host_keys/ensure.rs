//! `sshtpm host-keys ensure`: makes sure that sshd has a host key of each wanted type in the TPM.
//!
//! Purpose: what a machine runs at each boot before sshd, in `sshtpm-host-keygen.service`. Doing it
//! again changes nothing. It must never wait for what is started after it, nor reload sshd.
//!
//! Source: for the table with which the firmware says that there is a TPM, TCG ACPI Specification.

use std::path::Path;
use std::time::{Duration, Instant};

use sshtpm_dbus::{Error, HOST_USER, KeyInfo, TpmProxy};
use sshtpm_ssh::tpm::TpmState;

use super::config::Config;
use super::config_dir::ConfigDir;
use super::host_key_set::HostKeySet;
use super::key_types::KeyTypes;
use super::refusal::refused;
use super::ruled_out::Rule;
use super::sshd::Sshd;
use super::{apply, enable};
use crate::algorithm::Algorithm;
use crate::args::EnsureArgs;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::keygen::{self, NewKey};
use crate::output::Output;
use crate::person;
use crate::session::Session;

/// How long a TPM may be starting: three times as long as the broker lets it work at a command
/// where nothing else is configured.
const MAX_STARTING: Duration = Duration::from_secs(60);

/// How long a TPM may be absent: its driver may find it when everything else is up already. Most
/// are there within a second.
const MAX_ABSENT: Duration = Duration::from_secs(15);

/// As [`MAX_ABSENT`], where the firmware says that there is one.
const MAX_ABSENT_BY_FIRMWARE: Duration = Duration::from_secs(60);

/// What is there if the firmware says that there is a TPM.
const FIRMWARE_TABLE: &str = "/sys/firmware/acpi/tables/TPM2";

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
    check_types(&sshd, &config.types.missing(&keys.usable), &keys).await?;
    let keys = complete(session, output, &config, keys).await?;
    enable::hand_over(output, &sshd, &args.enable, &config, &keys).await
}

/// Whether sshd would offer a key of one of the `missing` types, if it offers none that is there.
async fn check_types(sshd: &Sshd, missing: &[Algorithm], keys: &HostKeySet) -> Result<(), Failure> {
    // A machine without any host key says nothing yet. Then the keys are made and compared.
    let (Some(first), Ok(settings)) = (missing.first(), sshd.settings().await) else {
        return Ok(());
    };
    let main = sshd.config().file();
    let rule = Rule::of_host_keys(&settings, &main);
    let is_offered = |key: &KeyInfo| rule.why(&key.into()).is_none();
    if keys.usable.iter().any(is_offered) {
        return Ok(());
    }
    let whys = missing.iter().map(|algorithm| {
        let why = rule.why(&(*algorithm).into())?;
        Some(format!("{algorithm}: {why}"))
    });
    // All of them, or there is a type that is offered.
    match whys.collect::<Option<Vec<String>>>() {
        None => Ok(()),
        Some(whys) => Err(refused(
            format!(
                "sshd would never offer keys of these types: {}",
                whys.join("; ")
            ),
            &rule.remedy(&(*first).into()),
        )),
    }
}

async fn wait_for_tpm(session: &Session, output: Output) -> Result<(), Failure> {
    let tpm = session.tpm().await?;
    let state = tpm.state().await.map_err(cannot)?.0;
    if matches!(state, TpmState::Absent | TpmState::Starting) {
        output.notice(&format!("Waiting for the TPM, which is {state}."))?;
    }
    wait_while(tpm, TpmState::Absent, max_absent(Path::new(FIRMWARE_TABLE))).await?;
    let state = wait_while(tpm, TpmState::Starting, MAX_STARTING).await?;
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

/// The first other state than `passing`, or that one if it does not pass.
async fn wait_while(
    tpm: &TpmProxy<'_>,
    passing: TpmState,
    at_most: Duration,
) -> Result<TpmState, Failure> {
    let start = Instant::now();
    loop {
        let state = tpm.state().await.map_err(cannot)?.0;
        if state != passing || start.elapsed() >= at_most {
            return Ok(state);
        }
        tokio::time::sleep(STEP).await;
    }
}

fn max_absent(firmware_table: &Path) -> Duration {
    match firmware_table.exists() {
        true => MAX_ABSENT_BY_FIRMWARE,
        false => MAX_ABSENT,
    }
}

fn cannot(error: zbus::Error) -> Failure {
    Failure::from_broker(WHAT, &Error::from(error))
}

/// `keys`, and new ones of the types that are missing among the usable ones.
async fn complete(
    session: &Session,
    output: Output,
    config: &Config,
    mut keys: HostKeySet,
) -> Result<HostKeySet, Failure> {
    let derivation = config.derived.derivation();
    for algorithm in config.types.missing(&keys.usable) {
        output.notice(&match derivation {
            None => format!("Generating a host key in the TPM ({algorithm})."),
            Some(derivation) => derivation.begins("host key", algorithm),
        })?;
        let comment = person::at_this_host("root");
        let new = NewKey {
            owner: Some(HOST_USER),
            derivation,
            ..NewKey::own(algorithm, &comment)
        };
        let key = keygen::generate(session, new).await?;
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

#[cfg(test)]
mod tests {
    use super::{MAX_ABSENT, max_absent};

    #[test]
    fn a_tpm_of_which_the_firmware_tells_is_waited_for_longer() {
        let table = tempfile::NamedTempFile::new().unwrap();
        assert!(max_absent(table.path()) > MAX_ABSENT);
        assert_eq!(max_absent(&table.path().join("none")), MAX_ABSENT);
    }
}
