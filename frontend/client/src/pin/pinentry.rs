//! Asks by a pinentry, which GnuPG brings along.
//!
//! Specs: the pinentry manual, "Protocol".

use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::assuan::{Answer, Answers, Outcome, line};
use super::patience::MAX_ANSWER;
use super::refusal::Refusal;
use super::running::Running;

/// Title of the dialogue.
const TITLE: &str = "SSH key in the TPM";

/// What stands before the field for a PIN.
pub(super) const PIN: &str = "PIN:";

/// What stands before the field for the passphrase of a file.
pub(super) const PASSPHRASE: &str = "Passphrase:";

/// Has `program` ask `question`, with `field` before the field, and returns the answer; an empty
/// one is a refusal. Dropping the future ends the program.
///
/// # Errors
///
/// The program cannot be run, fails, or takes longer than [`MAX_ANSWER`].
pub(super) async fn ask(
    program: &Path,
    question: &str,
    field: &str,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = Running::start(&mut command)?;
    let no_answer = || Refusal::NoAnswer(program.as_os_str().to_owned());
    let (input, output) = running
        .input()
        .zip(running.output())
        .ok_or_else(no_answer)?;
    let mut talk = Talk {
        input,
        answers: Answers::new(output),
    };
    let answered = timeout(MAX_ANSWER, talk.ask(question, field)).await;
    let answer = answered.map_err(|_| Refusal::Slow)?;
    let answer = answer.map_err(|_| no_answer())?;
    match answer.outcome {
        Outcome::Done => Ok(answer.data),
        Outcome::Canceled => Err(Refusal::NotGiven),
        Outcome::TimedOut => Err(Refusal::Slow),
        Outcome::Failed => Err(no_answer()),
    }
}

struct Talk {
    input: ChildStdin,
    answers: Answers<ChildStdout>,
}

impl Talk {
    async fn ask(&mut self, question: &str, field: &str) -> io::Result<Answer> {
        // The greeting.
        done(self.answers.next().await?)?;
        let texts = [
            ("SETTITLE", TITLE),
            ("SETDESC", question),
            ("SETPROMPT", field),
        ];
        for (command, text) in texts {
            done(self.call(&line(command, text)).await?)?;
        }
        self.call("GETPIN\n").await
    }

    async fn call(&mut self, line: &str) -> io::Result<Answer> {
        self.input.write_all(line.as_bytes()).await?;
        self.answers.next().await
    }
}

fn done(answer: Answer) -> io::Result<()> {
    match answer.outcome {
        Outcome::Done => Ok(()),
        _ => Err(io::Error::other("it does not know the protocol")),
    }
}
