//! One login with ssh.
//!
//! May touch: runs ssh, and through it what the user's configuration of ssh says. Must never ask
//! for a password or a passphrase, forward the agent, or run anything but `true` at the host.
//!
//! Sources: ssh(1), `-E`, `-v`; ssh_config(5), `BatchMode`.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::process::Command;

use super::trace::Trace;
use crate::probe::program;
use crate::restrictions::place::Place;

/// How long ssh waits for a connection, in seconds, as an option of ssh.
const CONNECT_TIMEOUT: &str = "ConnectTimeout=10";

/// How long a login may take: a person has 120 s for a PIN or a confirmation, and the rest is for
/// the connection and a slow TPM.
const MAX_LOGIN: Duration = Duration::from_secs(150);

/// Options that win over the user's configuration, so that nobody is asked for a password, nothing
/// is forwarded or left running, `true` is all that runs, and the login says what it does in the
/// words that [`Trace`] reads.
const OPTIONS: [&str; 22] = [
    // OpenSSH 8.4 does not know some of the following. It would take the first such option alone,
    // so that this one has to cover those of the user's configuration as well.
    "IgnoreUnknown=*",
    "LogVerbose=*",
    "VisualHostKey=no",
    "BatchMode=yes",
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    "ConnectionAttempts=1",
    CONNECT_TIMEOUT,
    "ControlMaster=no",
    "ControlPath=none",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "GSSAPIDelegateCredentials=no",
    "Tunnel=no",
    "AddKeysToAgent=no",
    "ForkAfterAuthentication=no",
    "SessionType=default",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "UpdateHostKeys=no",
    "FingerprintHash=sha256",
];

/// The exit status of ssh where it did not come to a session; others are those of `true` there.
const NO_SESSION: i32 = 255;

/// What came of a login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attempt {
    /// What ssh says of it.
    pub(super) trace: Trace,
    /// Whether a session ended with a status at the host, which cannot be before the host has
    /// proved its key and let the user in.
    pub(super) had_session: bool,
}

/// Why there was no login that could be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Untried {
    /// ssh cannot be run.
    NotRun(String),
    /// It does not come to an end.
    Slow,
}

impl std::fmt::Display for Untried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotRun(why) => write!(f, "ssh cannot be run: {why}"),
            Self::Slow => write!(
                f,
                "the login did not come to an end within {} seconds",
                MAX_LOGIN.as_secs()
            ),
        }
    }
}

impl Untried {
    /// What to do.
    pub(super) fn next(&self) -> &'static str {
        match self {
            Self::NotRun(_) => "Install it (openssh-client).",
            Self::Slow => "The host, or a person who should have confirmed it, did not answer.",
        }
    }
}

/// Logs in at `place`, and runs `true` there.
///
/// # Errors
///
/// ssh cannot be run, or does not end.
pub(super) async fn log_in(place: &Place) -> Result<Attempt, Untried> {
    let ended = program::run(command(place), MAX_LOGIN).await;
    let ended = ended.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => Untried::Slow,
        _ => Untried::NotRun(error.to_string()),
    })?;
    let had_session = ended.status.code().is_some_and(|code| code != NO_SESSION);
    Ok(Attempt {
        trace: Trace::read(&ended.stdout, ended.pid),
        had_session,
    })
}

/// ssh writes what it does to its standard output. Its standard error also has what the host says
/// before the login, which could look like ssh's own words.
fn command(place: &Place) -> Command {
    let mut command = Command::new("ssh");
    command.args(["-v", "-n", "-T", "-x", "-a", "-E", "/dev/stdout"]);
    for option in OPTIONS {
        command.args(["-o", option]);
    }
    command.args(place.options());
    command.args(["--", &place.host, "true"]);
    command
}
