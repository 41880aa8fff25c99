//! The passphrase of a key file: from a person, three times at most, or from standard input.

use std::sync::Arc;

use sshtpm_client::pin::{Person, Refusal};
use sshtpm_key_file::{KeyFile, KeyFileError, PrivateKey};
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;
use zeroize::Zeroizing;

use super::source::Source;
use crate::ask_pin::{MAX_TRIES, stdin_line};
use crate::error::Failure;
use crate::nobody;
use crate::output::{Output, warn};

/// Longest passphrase on standard input, in bytes: what OpenSSH's `readpass.c` takes.
pub(crate) const MAX_PASSPHRASE_BYTES: usize = 1024;

/// Where passphrases come from.
#[derive(Debug)]
pub(super) enum Passphrases {
    /// A person, who can be asked again.
    Person(Person),
    /// The next line of standard input.
    StandardInput,
}

impl Passphrases {
    /// A person, unless `--passphrase-stdin` was given.
    pub(super) fn new(is_stdin: bool) -> Self {
        match is_stdin {
            true => Self::StandardInput,
            false => Self::Person(Person::of_environment()),
        }
    }

    /// The private key in `file`.
    ///
    /// # Errors
    ///
    /// There is no passphrase, or none is right; or the key cannot be kept.
    pub(super) async fn open(
        &self,
        source: &Source,
        file: KeyFile,
        output: Output,
    ) -> Result<PrivateKey, Failure> {
        let file = Arc::new(file);
        if !file.is_encrypted() {
            return file.open(&[]).map_err(|error| source.refused(&error));
        }
        let mut tries = self.tries();
        loop {
            let passphrase = self.next(source).await?;
            tries -= 1;
            match decrypt(&file, passphrase, output).await? {
                Ok(key) => return Ok(key),
                Err(KeyFileError::WrongPassphrase) if tries > 0 => {
                    warn("the passphrase is wrong; try again");
                }
                Err(error) => return Err(source.refused(&error)),
            }
        }
    }

    fn tries(&self) -> usize {
        match self {
            Self::Person(_) => MAX_TRIES,
            Self::StandardInput => 1,
        }
    }

    async fn next(&self, source: &Source) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self {
            Self::Person(person) => {
                let question = Words::from("Passphrase of ").and(Quoted::new(&source.name()));
                let answer = person.passphrase(&question.and(": ")).await;
                answer.map_err(|refusal| refused(&refusal))
            }
            Self::StandardInput => stdin_line(MAX_PASSPHRASE_BYTES)
                .await
                .map_err(no_passphrase),
        }
    }
}

/// Decrypts on a thread of its own, because that takes up to half a minute.
async fn decrypt(
    file: &Arc<KeyFile>,
    passphrase: Zeroizing<Vec<u8>>,
    output: Output,
) -> Result<Result<PrivateKey, KeyFileError>, Failure> {
    let file = Arc::clone(file);
    let work = tokio::task::spawn_blocking(move || file.open(&passphrase));
    let done = output.busy("Decrypting the file", work).await;
    done.map_err(|error| Failure::new("cannot decrypt the file", error))
}

fn refused(refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::NotGiven => Failure::Declined,
        Refusal::Nobody => no_passphrase(refusal).and_next(
            "Run it in a terminal, set SSH_ASKPASS (see ssh(1)), or give the passphrase on \
             standard input with --passphrase-stdin.",
        ),
        Refusal::NoAsker => no_passphrase(refusal).and_next(format!(
            "{}\nOr run it in a terminal, or give the passphrase on standard input with \
             --passphrase-stdin.",
            nobody::INSTALL_ASKER
        )),
        _ => no_passphrase(refusal),
    }
}

fn no_passphrase(why: impl std::fmt::Display) -> Failure {
    Failure::new("cannot get the passphrase", why)
}
