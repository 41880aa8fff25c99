//! The passphrase of a backup: from a person, twice, or from standard input.

use sshtpm_client::pin::{Person, Refusal};
use sshtpm_ssh::words::Words;
use zeroize::Zeroizing;

use crate::ask_pin::stdin_line;
use crate::error::Failure;
use crate::import::{MAX_PASSPHRASE_BYTES, hide_from_others};
use crate::nobody;

/// A passphrase that is not empty. Its memory is wiped.
pub(crate) struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Asks for it: a person twice, unless it comes from standard input.
    ///
    /// # Errors
    ///
    /// There is none, it is empty, or the second is another than the first.
    pub(crate) async fn ask(is_stdin: bool) -> Result<Self, Failure> {
        hide_from_others();
        if is_stdin {
            let line = stdin_line(MAX_PASSPHRASE_BYTES).await.map_err(none)?;
            return match line.is_empty() {
                true => Err(empty()),
                false => Ok(Self(line)),
            };
        }
        let person = Person::of_environment();
        let first = ask(&person, "New passphrase of the backup: ").await?;
        let second = ask(&person, "The same passphrase again: ").await?;
        match *first == *second {
            true => Ok(Self(first)),
            false => Err(none("the two passphrases differ")),
        }
    }

    /// Its bytes, one at least.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

async fn ask(person: &Person, question: &'static str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let answer = person.passphrase(&Words::from(question)).await;
    answer.map_err(|refusal| refused(&refusal))
}

fn refused(refusal: &Refusal) -> Failure {
    const OR: &str = "give the passphrase on standard input with --passphrase-stdin.";
    match refusal {
        Refusal::NotGiven => empty(),
        Refusal::Nobody => none(refusal).and_next(format!(
            "Run it in a terminal, set SSH_ASKPASS (see ssh(1)), or {OR}"
        )),
        Refusal::NoAsker => none(refusal).and_next(format!(
            "{}\nOr run it in a terminal, or {OR}",
            nobody::INSTALL_ASKER
        )),
        _ => none(refusal),
    }
}

fn empty() -> Failure {
    none("a backup without one is the key itself, for anybody to take")
        .and_next("Give a passphrase, or leave the backup out.")
}

fn none(why: impl std::fmt::Display) -> Failure {
    Failure::new("cannot get a passphrase for the backup", why)
}

#[cfg(test)]
mod tests {
    use super::refused;
    use sshtpm_client::pin::Refusal;

    #[test]
    fn an_empty_passphrase_is_refused_with_the_reason() {
        let text = refused(&Refusal::NotGiven).to_string();
        assert!(text.contains("for anybody to take"), "{text}");
    }

    #[test]
    fn without_a_person_to_ask_the_failure_names_standard_input() {
        let text = refused(&Refusal::Nobody).to_string();
        assert!(text.contains("--passphrase-stdin"), "{text}");
    }
}
