//! Asks by the program that `SSH_ASKPASS` names, which shows a dialogue.
//!
//! Specs: ssh(1), `SSH_ASKPASS`: the question is its argument, and the answer its first line of
//! output.

use std::ffi::OsStr;
use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::line::first_line;
use super::patience::MAX_ANSWER;
use super::refusal::Refusal;
use super::running::Running;

/// The variable that tells the program the kind of question. It is not set for a secret.
const KIND: &str = "SSH_ASKPASS_PROMPT";

/// Runs `program` with `question`, and returns the first line of its output. The output counts
/// only if the exit status is 0. Dropping the future ends the program.
///
/// # Errors
///
/// The program cannot be run, fails, or takes longer than [`MAX_ANSWER`].
pub(super) async fn ask(program: &OsStr, question: &str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut command = Command::new(program);
    command
        .arg(question)
        .env_remove(KIND)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut running = Running::start(&mut command)?;
    let answered = timeout(MAX_ANSWER, answer(&mut running)).await;
    let no_answer = || Refusal::NoAnswer(program.to_owned());
    match answered.map_err(|_| Refusal::Slow)? {
        Ok((answer, status)) if status.success() => Ok(answer),
        Ok(_) | Err(_) => Err(no_answer()),
    }
}

async fn answer(running: &mut Running) -> io::Result<(Zeroizing<Vec<u8>>, ExitStatus)> {
    // Open until the program has ended: one that writes more must not fail for that.
    let mut output = running.output();
    let answer = match &mut output {
        Some(output) => first_line(output).await?,
        None => Zeroizing::default(),
    };
    Ok((answer, running.end().await?))
}

#[cfg(test)]
mod tests {
    use super::ask;
    use crate::pin::refusal::Refusal;
    use std::ffi::OsStr;
    use std::path::PathBuf;
    use std::process::Command;
    use std::time::Duration;
    use tempfile::TempDir;

    /// An askpass program that runs these lines of shell. Another process writes the file. A
    /// child that another test starts would inherit the file open for writing, and it could not
    /// be run (ETXTBSY).
    fn program(lines: &str) -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("askpass");
        let script = "printf '#!/bin/sh\\n%s\\n' \"$2\" >\"$1\" && chmod 700 \"$1\"";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, "sh"]).arg(&path).arg(lines);
        assert!(shell.status().unwrap().success());
        (directory, path)
    }

    async fn answer_of(lines: &str) -> Result<Vec<u8>, Refusal> {
        let (_directory, path) = program(lines);
        let answer = ask(path.as_os_str(), "the question").await;
        answer.map(|answer| answer.to_vec())
    }

    #[tokio::test]
    async fn the_answer_is_the_first_line() {
        assert_eq!(answer_of("echo 1234; echo more").await.unwrap(), b"1234");
    }

    #[tokio::test]
    async fn the_program_gets_the_question_and_no_kind() {
        let lines = "echo \"$# $1 ${SSH_ASKPASS_PROMPT-unset}\"";
        assert_eq!(answer_of(lines).await.unwrap(), b"1 the question unset");
    }

    #[tokio::test]
    async fn the_output_of_a_program_that_fails_is_no_answer() {
        let refusal = answer_of("echo 1234; exit 1").await.unwrap_err();
        assert!(matches!(refusal, Refusal::NoAnswer(_)), "{refusal}");
        let refusal = answer_of("echo 1234; kill -9 $$").await.unwrap_err();
        assert!(matches!(refusal, Refusal::NoAnswer(_)), "{refusal}");
    }

    #[tokio::test]
    async fn the_refusal_names_a_program_that_is_not_there() {
        let refusal = ask(OsStr::new("/no/such/askpass"), "?").await.unwrap_err();
        assert!(
            refusal.to_string().contains("/no/such/askpass"),
            "{refusal}"
        );
    }

    #[tokio::test]
    async fn dropping_the_question_ends_the_program_and_its_children() {
        let (directory, path) = program("sleep 600 & echo $! >$0.pid; wait");
        let pid = directory.path().join("askpass.pid");
        let asked = async {
            while std::fs::read_to_string(&pid).unwrap_or_default().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            answer = ask(path.as_os_str(), "?") => panic!("{answer:?}"),
            () = asked => {}
        }
        let pid = std::fs::read_to_string(&pid).unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        while state().is_ok_and(|state| !state.contains(") Z ")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
