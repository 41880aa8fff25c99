//! Other programs: where one is, and running it to its end with bounds on its output and its time.
//!
//! One that changes something runs unbroken: what ends this program does not cut it short.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// Most bytes that are read of each of its outputs; `ssh -G` writes some KiB.
const MAX_OUTPUT_BYTES: u64 = 256 * 1024;

/// How long after the end of the program its outputs are read, where a child that it left behind
/// holds them open. What it wrote itself is there at once.
const GRACE: Duration = Duration::from_millis(100);

/// How often a program that runs unbroken is looked at; one that writes a file takes milliseconds.
const STEP: Duration = Duration::from_millis(2);

/// Where administrators' programs are, although a user's `PATH` may not say so.
const SBIN: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The number that its process had; 0 is nobody's.
    pub(crate) pid: u32,
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

/// Runs `command`, which finds nothing to read, for as long as `bound`. This thread waits for it,
/// and the terminal's Ctrl-C does not reach it, so that it leaves nothing half done.
///
/// # Errors
///
/// It cannot be run, or does not end in time; then it is killed.
pub(crate) fn run_unbroken(
    mut command: std::process::Command,
    bound: Duration,
) -> io::Result<Ended> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let pid = child.id();
    let deadline = Instant::now() + bound;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() < deadline => std::thread::sleep(STEP),
            None => {
                child.kill()?;
                child.wait()?;
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    };
    Ok(Ended {
        pid,
        status,
        stdout: at_hand(child.stdout.take())?,
        stderr: at_hand(child.stderr.take())?,
    })
}

/// What is there to be read, without waiting for a child that was left behind.
fn at_hand(output: Option<impl Read + AsFd>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(output) = output {
        fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        match output.take(MAX_OUTPUT_BYTES).read_to_end(&mut bytes) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
    Ok(bytes)
}

async fn run_to_end(mut command: Command) -> io::Result<Ended> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let pid = child.id().unwrap_or_default();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let outputs = (child.stdout.take(), child.stderr.take());
    let status = {
        let reading =
            async { tokio::try_join!(read(outputs.0, &mut stdout), read(outputs.1, &mut stderr)) };
        tokio::pin!(reading);
        tokio::select! {
            read = &mut reading => {
                read?;
                child.wait().await?
            }
            status = child.wait() => {
                if let Ok(read) = tokio::time::timeout(GRACE, reading).await {
                    read?;
                }
                status?
            }
        }
    };
    Ok(Ended {
        pid,
        status,
        stdout,
        stderr,
    })
}

async fn read(output: Option<impl AsyncRead + Unpin>, bytes: &mut Vec<u8>) -> io::Result<()> {
    if let Some(output) = output {
        output.take(MAX_OUTPUT_BYTES).read_to_end(bytes).await?;
    }
    Ok(())
}

/// The absolute path of the program called `name`, in `PATH` or in [`SBIN`].
pub(crate) fn look_up(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    look_up_in(&path, name)
}

fn look_up_in(path: &OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path)
        .chain(SBIN.map(PathBuf::from))
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|program| is_executable(program))
}

/// Whether there is a file at `program` that someone may execute.
pub(crate) fn is_executable(program: &Path) -> bool {
    program
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use tokio::process::Command;

    use super::{Ended, MAX_OUTPUT_BYTES, look_up_in, run, run_unbroken};

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
    async fn a_child_that_is_left_behind_is_not_waited_for() {
        let script = "sleep 600 & echo $!; echo err >&2; exit 3";
        let ended = shell(script, Duration::from_secs(60)).await.unwrap();
        let child = String::from_utf8(ended.stdout).unwrap();
        let child = Pid::from_raw(child.trim().parse().unwrap());
        kill(child, Signal::SIGKILL).unwrap();
        assert_eq!(ended.stderr, b"err\n");
        assert_eq!(ended.status.code(), Some(3));
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_not_waited_for() {
        let error = shell("exec sleep 600", Duration::from_millis(50)).await;
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn what_runs_unbroken_is_heard_and_bounded_as_well() {
        let run = |script: &str, bound: u64| {
            let mut command = std::process::Command::new("sh");
            command.args(["-c", script]);
            run_unbroken(command, Duration::from_millis(bound))
        };
        let ended = run("sleep 600 & echo $!; echo err >&2; exit 3", 60_000).unwrap();
        let child = String::from_utf8(ended.stdout).unwrap();
        let child = Pid::from_raw(child.trim().parse().unwrap());
        kill(child, Signal::SIGKILL).unwrap();
        assert_eq!(ended.stderr, b"err\n");
        assert_eq!(ended.status.code(), Some(3));
        let late = run("exec sleep 600", 50).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_program_is_found_in_path_if_it_can_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("sshd");
        std::fs::write(&program, "").unwrap();
        let look_up = || look_up_in(directory.path().as_os_str(), "sshd");
        assert_ne!(look_up(), Some(program.clone()));
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(look_up(), Some(program));
    }
}
