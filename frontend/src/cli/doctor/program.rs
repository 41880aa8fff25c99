//! Another program, run to its end: what it says and how long it takes have bounds.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// Most bytes that are read of each of its outputs; `ssh -G` writes some KiB.
const MAX_OUTPUT_BYTES: u64 = 256 * 1024;

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// What it wrote to its standard output.
    pub(crate) stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub(crate) stderr: Vec<u8>,
}

/// Runs `command`, which finds nothing to read, for as long as `bound`.
///
/// # Errors
///
/// It cannot be run, or does not end in time; then it is killed.
pub(crate) async fn run(command: Command, bound: Duration) -> io::Result<Ended> {
    tokio::time::timeout(bound, run_to_end(command))
        .await
        .unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()))
}

async fn run_to_end(mut command: Command) -> io::Result<Ended> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(read(stdout), read(stderr))?;
    let status = child.wait().await?;
    Ok(Ended {
        status,
        stdout,
        stderr,
    })
}

async fn read(output: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(output) = output {
        output
            .take(MAX_OUTPUT_BYTES)
            .read_to_end(&mut bytes)
            .await?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use tokio::process::Command;

    use super::{Ended, MAX_OUTPUT_BYTES, run};

    async fn shell(script: &str, bound: Duration) -> io::Result<Ended> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, bound).await
    }

    #[tokio::test]
    async fn both_outputs_and_the_end_are_told() {
        let minute = Duration::from_secs(60);
        let ended = shell("echo out; echo err >&2; exit 3", minute)
            .await
            .unwrap();
        assert_eq!(
            (ended.stdout, ended.stderr),
            (b"out\n".into(), b"err\n".into())
        );
        assert_eq!(ended.status.code(), Some(3));
    }

    #[tokio::test]
    async fn a_program_that_says_too_much_is_heard_in_part() {
        let minute = Duration::from_secs(60);
        let ended = shell("exec yes", minute).await.unwrap();
        assert_eq!(u64::try_from(ended.stdout.len()), Ok(MAX_OUTPUT_BYTES));
        assert!(!ended.status.success());
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_not_waited_for() {
        let error = shell("exec sleep 600", Duration::from_millis(50)).await;
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
