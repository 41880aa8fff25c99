//! `sshtpm host-keys adopt`: takes over the host keys that ssh-tpm-agent has in files or derives.
//!
//! May touch: the files of ssh-tpm-agent, for reading.

use std::path::Path;

use sshtpm_dbus::{HOST_USER, KeyInfo};
use sshtpm_ssh::text::printable;

use super::CONFIG_DIR;
use crate::adopt;
use crate::algorithm::{Algorithm, EcdsaCurve};
use crate::args::HostKeysAdoptArgs;
use crate::derived::Derivation;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::key_state::is_lost;
use crate::keygen::{NewKey, generate};
use crate::output::Output;
use crate::person;
use crate::public_key_file::holds;
use crate::session::Session;

/// What ssh-tpm-agent derives, and where `ssh-tpm-keygen -A` writes its public half.
const KEYS: [(Algorithm, &str); 2] = [
    (
        Algorithm::Ecdsa(EcdsaCurve::P256),
        "ssh_tpm_host_ecdsa_key.pub",
    ),
    (Algorithm::Rsa(Some(2048)), "ssh_tpm_host_rsa_key.pub"),
];

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or a key is not the one that ssh-tpm-agent has.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &HostKeysAdoptArgs,
) -> Result<(), Failure> {
    match args.files.as_slice() {
        [] => {
            let derivation = Derivation::of_ssh_tpm_agent(args.hierarchy);
            derive(session, output, derivation, &wanted(args)?).await?;
        }
        files => {
            for file in files {
                let key = adopt::host_key(session, file).await?;
                output.notice(&describe(&key))?;
            }
        }
    }
    output.notice(
        "Stop ssh-tpm-agent and take its lines out of sshd's configuration (HostKeyAgent, HostKey \
         and, if there is one, /etc/ssh/sshd_config.d/10-ssh-tpm-agent.conf).\n\
         Then make sshd use the keys: sshtpm host-keys enable",
    )
}

/// Those of [`KEYS`] that are meant.
///
/// # Errors
///
/// None is: [`Failure::Usage`].
fn wanted(args: &HostKeysAdoptArgs) -> Result<Vec<(Algorithm, &'static str)>, Failure> {
    let Some(word) = &args.key_type else {
        return Ok(KEYS.to_vec());
    };
    let meant = Algorithm::parse(Some(word), None).map_err(Failure::Usage)?;
    let found = KEYS.iter().find(|(one, _)| one.family() == meant.family());
    let none = || Failure::Usage(format!("ssh-tpm-agent derives no {} key", meant.family()));
    Ok(vec![*found.ok_or_else(none)?])
}

/// Takes over these keys.
async fn derive(
    session: &Session,
    output: Output,
    derivation: Derivation<'_>,
    wanted: &[(Algorithm, &str)],
) -> Result<(), Failure> {
    let comment = person::at_this_host("root");
    for &(algorithm, file) in wanted {
        let key = match find(session, &derivation, algorithm).await? {
            Some(key) => key,
            None => {
                output.notice(&derivation.begins("host key", algorithm))?;
                let new = NewKey {
                    owner: Some(HOST_USER),
                    derivation: Some(derivation),
                    ..NewKey::own(algorithm, &comment)
                };
                generate(session, new).await?
            }
        };
        output.notice(&told(&key, &Path::new(CONFIG_DIR).join(file))?)?;
    }
    Ok(())
}

/// The key, if it was taken over before.
async fn find(
    session: &Session,
    derivation: &Derivation<'_>,
    algorithm: Algorithm,
) -> Result<Option<KeyInfo>, Failure> {
    let mut keys = session.list(Some(HOST_USER)).await?.into_iter();
    Ok(keys.find(|key| {
        let is_it = derivation.is_of(key) && algorithm.is_of(&key.algorithm, key.bits);
        is_it && !is_lost(key)
    }))
}

/// Which key it is, and whether clients know it.
///
/// # Errors
///
/// ssh-tpm-agent wrote the public half of another one.
fn told(key: &KeyInfo, file: &Path) -> Result<String, Failure> {
    let name = printable(&file.display().to_string());
    let described = describe(key);
    if holds(file, &key.public_key) {
        return Ok(format!("{described}\nIt is the key in {name}."));
    }
    if !file.exists() {
        return Ok(format!(
            "{described}\nThere is no {name}, so compare it with what clients have in known_hosts."
        ));
    }
    let failure = Failure::new(
        "cannot take over the host keys of ssh-tpm-agent",
        format!("{described} is not the key in {name}"),
    );
    Err(failure.and_next(format!(
        "Remove it with `sshtpm host-keys rm {}`. Name the hierarchy that ssh-tpm-agent uses, or \
         leave --hierarchy out: ssh-tpm-agent takes `endorsement` and `platform` for the owner's. \
         If the TPM was cleared since, the key in {name} is gone.",
        printable(&key.fingerprint)
    )))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::{told, wanted};
    use crate::args::{Cli, Command, HostKeysCommand};
    use crate::error::Failure;
    use crate::key_listing::{authorized_keys_line, example_key};

    fn wanted_by(options: &str) -> Result<usize, Failure> {
        let words = format!("sshtpm host-keys adopt {options}");
        let cli = Cli::try_parse_from(words.split_whitespace()).unwrap();
        match cli.command {
            Some(Command::HostKeys(args)) => match args.command {
                HostKeysCommand::Adopt(args) => wanted(&args).map(|keys| keys.len()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_keys_are_meant_unless_a_type_is_named() {
        assert_eq!(wanted_by("").unwrap(), 2);
        for one in ["-t ecdsa", "-t rsa", "-t ssh-rsa"] {
            assert_eq!(wanted_by(one).unwrap(), 1, "{one}");
        }
        assert!(matches!(wanted_by("-t ed25519"), Err(Failure::Usage(_))));
    }

    #[test]
    fn a_key_is_held_against_the_file_that_clients_know_it_by() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ssh_tpm_host_ecdsa_key.pub");
        let key = example_key();
        let unknown = told(&key, &file).unwrap();
        assert!(unknown.contains("known_hosts"), "{unknown}");
        std::fs::write(&file, authorized_keys_line(&key)).unwrap();
        assert!(told(&key, &file).unwrap().contains("It is the key in"));
        std::fs::write(&file, "ssh-rsa AAAA other").unwrap();
        let other = told(&key, &file).unwrap_err().to_string();
        assert!(other.contains("host-keys rm SHA256:"), "{other}");
    }
}
