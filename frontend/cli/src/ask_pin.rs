//! PINs for a command: from the person at the terminal or the desktop, or from standard input.
//!
//! May touch: standard input, and what [`sshtpm_client::pin`] touches. Must never take one from the
//! command line, which every user of the machine can read.
//!
//! Specs: prctl(2), `PR_SET_DUMPABLE`.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use nix::sys::prctl;
use sshtpm_ssh::limits::MAX_PIN_BYTES;
use sshtpm_ssh::words::Words;
use zeroize::Zeroizing;

use super::args::NewPinArgs;
use super::error::Failure;
use super::nobody;
use sshtpm_client::pin::{Ask, ENTER_PIN, Person, Pin, Refusal};

/// How often a person may give a wrong PIN: `NumberOfPasswordPrompts` of ssh_config(5).
pub(crate) const MAX_TRIES: usize = 3;

/// Longest line of standard input, in bytes: a PIN, and one byte by which a longer one is noticed.
const MAX_LINE_BYTES: usize = MAX_PIN_BYTES + 1;

/// Where a command gets its PINs from.
#[derive(Debug)]
pub(crate) enum PinSource {
    /// A person, whom the command can ask again.
    Person(Person),
    /// Standard input, one line for each.
    StandardInput,
}

impl PinSource {
    /// A person, unless `--pin-stdin` was given. From now on the process is in no core dump, and
    /// other programs of the user cannot look into it.
    pub(crate) fn new(is_stdin: bool) -> Self {
        // The kernel does not refuse that.
        let _ = prctl::set_dumpable(false);
        if is_stdin {
            Self::StandardInput
        } else {
            Self::Person(Person::of_environment())
        }
    }

    /// How often a PIN that is there already may be asked for.
    pub(crate) fn tries(&self) -> usize {
        match self {
            Self::Person(_) => MAX_TRIES,
            Self::StandardInput => 1,
        }
    }

    /// Asks for one that is there already; `which` key goes on after [`ENTER_PIN`].
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) async fn present(&self, which: &Words) -> Result<Pin, Failure> {
        let question = Words::from(ENTER_PIN).and(which.clone());
        self.ask(question.and(": ")).await
    }

    /// Asks for the PIN of a new key, if it is to have one.
    ///
    /// # Errors
    ///
    /// As [`Self::new_one`].
    pub(crate) async fn new_if(args: &NewPinArgs, whose: &Words) -> Result<Option<Pin>, Failure> {
        match args.is_wanted() {
            true => Self::new(args.pin_stdin).new_one(whose).await.map(Some),
            false => Ok(None),
        }
    }

    /// Asks for a new one, a person twice.
    ///
    /// # Errors
    ///
    /// There is none, or the second is another than the first.
    pub(crate) async fn new_one(&self, whose: &Words) -> Result<Pin, Failure> {
        let question = Words::from("New PIN of ").and(whose.clone()).and(": ");
        let pin = self.ask(question).await?;
        let is_meant = match self {
            Self::Person(_) => self.ask("The same PIN again: ".into()).await? == pin,
            Self::StandardInput => true,
        };
        if is_meant {
            Ok(pin)
        } else {
            Err(no_pin("the two PINs differ"))
        }
    }

    /// Asks `question`.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is no PIN.
    pub(crate) async fn ask(&self, question: Words) -> Result<Pin, Failure> {
        match self {
            Self::Person(person) => person.ask(&question).await.map_err(|why| refused(&why)),
            Self::StandardInput => from_stdin().await,
        }
    }
}

fn refused(refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::NotGiven => Failure::Declined,
        Refusal::Nobody => no_pin(refusal).and_next(
            "Run it in a terminal, set SSH_ASKPASS (see ssh(1)), or give the PIN on standard \
             input with --pin-stdin.",
        ),
        Refusal::NoAsker => no_pin(refusal).and_next(format!(
            "{}\nOr run it in a terminal, or give the PIN on standard input with --pin-stdin.",
            nobody::INSTALL_ASKER
        )),
        _ => no_pin(refusal),
    }
}

fn no_pin(why: impl std::fmt::Display) -> Failure {
    Failure::new("cannot get the PIN", why)
}

async fn from_stdin() -> Result<Pin, Failure> {
    let line = stdin_line(MAX_LINE_BYTES).await.map_err(no_pin)?;
    Pin::new(&line).map_err(no_pin)
}

/// The next line of standard input, up to `most` bytes.
///
/// # Errors
///
/// It cannot be read.
pub(crate) async fn stdin_line(most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // On a thread of its own, so that a signal is heard while nothing comes.
    let line = tokio::task::spawn_blocking(move || line_of_stdin(most)).await;
    line.map_err(io::Error::other).flatten()
}

/// Byte by byte: a buffer would keep the next PIN and not wipe it.
fn line_of_stdin(most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    line_of(&mut input, most)
}

fn line_of(input: &mut impl Read, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(most));
    let mut byte = Zeroizing::new([0]);
    while line.len() < most && input.read(byte.as_mut_slice())? > 0 {
        if *byte == *b"\n" {
            break;
        }
        line.extend_from_slice(byte.as_slice());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::{MAX_LINE_BYTES, PinSource, line_of, refused};
    use crate::error::Failure;
    use nix::sys::prctl;
    use sshtpm_client::pin::Refusal;

    #[test]
    fn a_process_with_a_pin_is_in_no_core_dump_and_no_debugger() {
        let _source = PinSource::new(true);
        assert_eq!(prctl::get_dumpable(), Ok(false));
    }

    #[test]
    fn each_line_is_one_pin() {
        let mut input = b"1234\n5678".as_slice();
        assert_eq!(
            line_of(&mut input, MAX_LINE_BYTES).unwrap().as_slice(),
            b"1234"
        );
        assert_eq!(
            line_of(&mut input, MAX_LINE_BYTES).unwrap().as_slice(),
            b"5678"
        );
        assert_eq!(line_of(&mut input, MAX_LINE_BYTES).unwrap().as_slice(), b"");
    }

    #[test]
    fn a_line_without_an_end_is_not_read_for_ever() {
        let line = line_of(&mut std::io::repeat(b'x'), MAX_LINE_BYTES).unwrap();
        assert_eq!(line.len(), MAX_LINE_BYTES);
    }

    #[test]
    fn a_person_who_declines_gets_no_explanation() {
        assert_eq!(refused(&Refusal::NotGiven), Failure::Declined);
    }

    #[test]
    fn without_a_person_to_ask_the_failure_names_other_ways() {
        let text = refused(&Refusal::Nobody).to_string();
        assert!(text.contains("--pin-stdin"), "{text}");
    }
}
