//! What systemd does for the host keys at boot.
//!
//! Purpose: sshd does not start without host keys. An agent that was only started by hand would
//! lock all users out at the next boot.
//!
//! May touch: runs `systemctl`; enables and starts the agent's socket, and no other unit. Must
//! never wait for systemd to start a unit: at boot, that unit could be waiting for this command.
//!
//! Source: systemctl(1).

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::args::HOST_AGENT_SOCKET;
use crate::error::Failure;
use crate::output::Output;
use crate::probe::systemd;
use sshtpm_ssh::text::printable;

/// How to have the agent's socket now and after each boot.
pub(crate) const ENABLE_COMMAND: &str = "systemctl enable --now sshtpm-host-agent.socket";

/// The unit of [`HOST_AGENT_SOCKET`].
pub(crate) const UNIT: &str = "sshtpm-host-agent.socket";

/// The unit that runs `sshtpm host-keys ensure` at boot.
const KEYGEN_UNIT: &str = "sshtpm-host-keygen.service";

/// How long systemctl may take. It answers in milliseconds, but for `enable` PID 1 loads all units
/// anew; systemctl itself gives up a call after 25 s, and makes three.
const MAX_ASKING: Duration = Duration::from_secs(75);

/// How long the socket may take to be there once it is started; it takes milliseconds.
const MAX_STARTING: Duration = Duration::from_secs(10);

/// Pause between two looks.
const STEP: Duration = Duration::from_millis(10);

/// What `is-enabled` says of a unit that each boot has, unlike one that is `enabled-runtime`.
const ENABLED: &str = "enabled";

/// Most bytes of what systemctl says that are read.
const MAX_SAID: u64 = 4096;

/// The agent's socket, there now and after each boot, as far as that is systemd's job. Dropped
/// without [`AgentUnit::keep`], it is disabled again if it was not enabled before.
#[derive(Debug)]
pub(crate) struct AgentUnit {
    undo: Option<Undo>,
}

/// How to have things as they were.
#[derive(Debug)]
struct Undo {
    systemctl: &'static str,
    arguments: Vec<&'static str>,
}

impl AgentUnit {
    /// Enables and starts the socket at `agent_socket`, where that is for systemd to make and it is
    /// not enabled yet.
    ///
    /// # Errors
    ///
    /// It cannot be enabled.
    pub(crate) async fn secure(output: Output, agent_socket: &Path) -> Result<Self, Failure> {
        if !is_made_by_systemd(agent_socket) {
            return Ok(Self { undo: None });
        }
        let unit = Self::enabled_by("systemctl")?;
        if unit.undo.is_some() {
            output.notice(&format!("Enabled {UNIT}, the agent of the host keys."))?;
            wait_for(agent_socket).await;
        } else if start_by("systemctl") {
            wait_for(agent_socket).await;
        }
        Ok(unit)
    }

    /// Leaves it enabled.
    pub(crate) fn keep(mut self) {
        self.undo = None;
    }

    fn enabled_by(systemctl: &'static str) -> Result<Self, Failure> {
        if is_enabled(systemctl, UNIT) {
            return Ok(Self { undo: None });
        }
        let mut arguments = vec!["--no-ask-password", "--no-block", "disable"];
        if !succeeds(systemctl, &["is-active", "--quiet", UNIT]) {
            arguments.push("--now");
        }
        arguments.push(UNIT);
        let enable = ["--no-ask-password", "--no-block", "enable", "--now", UNIT];
        match run(systemctl, &enable) {
            Ok(_) => Ok(Self {
                undo: Some(Undo {
                    systemctl,
                    arguments,
                }),
            }),
            Err(why) => {
                // It may have come half-way; where it did not, there is nothing to disable.
                let _ = run(systemctl, &arguments);
                Err(cannot_enable(&why))
            }
        }
    }
}

/// Starts the socket if it does not run, which it does in any case from the next boot on. Returns
/// whether it did not run. A failure to start it shows at the first use.
fn start_by(systemctl: &str) -> bool {
    let stopped = !succeeds(systemctl, &["is-active", "--quiet", UNIT]);
    if stopped {
        let _ = run(
            systemctl,
            &["--no-ask-password", "--no-block", "start", UNIT],
        );
    }
    stopped
}

impl Drop for AgentUnit {
    fn drop(&mut self) {
        let Some(undo) = self.undo.take() else {
            return;
        };
        let text = match run(undo.systemctl, &undo.arguments) {
            Ok(_) => format!("{UNIT} is disabled again"),
            Err(why) => format!("cannot disable {UNIT} again: {}", printable(&why)),
        };
        let _ = writeln!(io::stderr(), "sshtpm: {text}");
    }
}

/// What people may want to disable once sshd was reloaded without the keys in the TPM; one line
/// each.
pub(crate) fn what_stays_enabled() -> Vec<String> {
    if systemd::is_booted() {
        enabled_of("systemctl")
    } else {
        Vec::new()
    }
}

fn enabled_of(systemctl: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if is_enabled(systemctl, KEYGEN_UNIT) {
        lines.push(format!(
            "The next boot would make sshd use the keys in the TPM again. To prevent that: \
             systemctl disable {KEYGEN_UNIT}"
        ));
    }
    if is_enabled(systemctl, UNIT) {
        lines.push(format!(
            "A running sshd needs the agent until you reload sshd. Then disable the agent: \
             systemctl disable --now {UNIT}"
        ));
    }
    lines
}

fn is_made_by_systemd(agent_socket: &Path) -> bool {
    agent_socket == Path::new(HOST_AGENT_SOCKET) && systemd::is_booted()
}

async fn wait_for(socket: &Path) {
    let is_there = async {
        while !socket.exists() {
            tokio::time::sleep(STEP).await;
        }
    };
    // Where it is not, connecting to it will say so.
    let _ = tokio::time::timeout(MAX_STARTING, is_there).await;
}

fn is_enabled(systemctl: &str, unit: &str) -> bool {
    run(systemctl, &["is-enabled", unit]).is_ok_and(|said| said == ENABLED)
}

fn succeeds(systemctl: &str, arguments: &[&str]) -> bool {
    run(systemctl, arguments).is_ok()
}

/// Has systemctl do something, and returns what it says. Not a future: it is needed while things
/// are dropped, too.
fn run(systemctl: &str, arguments: &[&str]) -> Result<String, String> {
    let mut child = Command::new(systemctl)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("systemctl cannot be run: {error}"))?;
    match ended(&mut child) {
        Ok(true) => Ok(said(child.stdout)),
        Ok(false) => Err(match said(child.stderr) {
            text if text.is_empty() => "systemctl does not say why".to_owned(),
            text => text,
        }),
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(format!("systemctl does not answer: {error}"))
        }
    }
}

fn ended(child: &mut Child) -> io::Result<bool> {
    let start = Instant::now();
    while start.elapsed() < MAX_ASKING {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(STEP);
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// It has ended, and says a few words at most: fewer than a pipe holds.
fn said(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(MAX_SAID).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}

fn cannot_enable(why: &str) -> Failure {
    Failure::new(format!("cannot enable {UNIT}"), why).and_next(format!(
        "Without it, sshd would not start after a reboot. Try it yourself: `{ENABLE_COMMAND}`."
    ))
}

#[cfg(test)]
#[path = "boot_tests.rs"]
mod tests;
