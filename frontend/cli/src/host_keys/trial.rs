//! A key exchange of a real client with a throw-away sshd: the proof that clients can log in.
//!
//! Purpose: `sshd -t` says whether sshd starts. Only a key exchange shows whether sshd and a client
//! find a host key algorithm, a key exchange method and a cipher in common, and whether the host
//! key then signs.
//!
//! May touch: runs ssh, which runs `sshd -i` as its `ProxyCommand`. There is no network: no port is
//! taken, no firewall asked, and neither `MaxStartups` nor `PerSourcePenalties` of the sshd that
//! listens counts it. Must never authenticate: both are killed once the key exchange is done. ssh
//! reads no configuration but its own defaults, and sshd writes to ssh's standard error and not to
//! the log. Nothing is left behind.
//!
//! Sources: ssh(1), sshd(8), `-i`; RFC 4253 §7 and §8.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use sshtpm_dbus::HOST_USER;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, Lines, Take};
use tokio::process::Command;

use super::preview::Preview;
use super::sshd::Sshd;

/// How long it may take: as long as `sshd -t`, which asks the agent, too.
const MAX_TRIAL: Duration = Duration::from_secs(60);

/// Most bytes of what ssh and sshd say that are read; they say some KiB.
const MAX_SAID_BYTES: u64 = 256 * 1024;

/// The client. It is looked up in `PATH`.
const CLIENT: &str = "ssh";

/// What the client calls the host. The name is never looked up.
const HOST: &str = "sshtpm-trial";

/// How the client shows the key that sshd has: `sshconnect.c`, `verify_host_key`.
const HOST_KEY: &str = "debug1: Server host key: ";

/// How the client shows the certificate that sshd has instead: type, fingerprint of the key and a
/// comma, and more.
const HOST_CERTIFICATE: &str = "debug1: Server host certificate: ";

/// What the client says when the signature of the host key is right and both sides have keys:
/// `kex.c`, `kex_input_newkeys`.
const DONE: &str = "debug1: SSH2_MSG_NEWKEYS received";

/// What the client's own remarks begin with, and its version.
const REMARKS: [&str; 2] = ["debug1: ", "OpenSSH_"];

/// Options of the client: it trusts any key, which is compared here, and has no key to log in with.
const OPTIONS: [&str; 8] = [
    "BatchMode=yes",
    "FingerprintHash=sha256",
    "GlobalKnownHostsFile=/dev/null",
    "IdentityAgent=none",
    "PreferredAuthentications=publickey",
    "PubkeyAuthentication=no",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
];

/// Why there was no key exchange with the key.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The client cannot be run.
    NoClient(io::Error),
    /// It took too long.
    Silent,
    /// sshd has this key, by its fingerprint.
    OtherKey(String),
    /// What client and sshd said.
    Said(String),
}

/// The host key that sshd has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// Any that the client takes.
    Any,
    /// One with one of these fingerprints, by one of these algorithms.
    One {
        /// The algorithms.
        algorithms: Vec<String>,
        /// The fingerprints.
        fingerprints: Vec<&'a str>,
    },
    /// The one with this fingerprint, with a certificate.
    Certified {
        /// The algorithms.
        algorithms: Vec<String>,
        /// The fingerprint.
        fingerprint: &'a str,
    },
}

/// What sshd showed to the client.
struct ShownKey {
    fingerprint: String,
    is_certified: bool,
}

impl ShownKey {
    /// `None` if the line is about something else.
    fn in_line(line: &str) -> Option<Self> {
        let (rest, is_certified) = match line.strip_prefix(HOST_CERTIFICATE) {
            Some(rest) => (rest, true),
            None => (line.strip_prefix(HOST_KEY)?, false),
        };
        let fingerprint = rest.split_whitespace().nth(1)?.trim_end_matches(',');
        Some(Self {
            fingerprint: fingerprint.to_owned(),
            is_certified,
        })
    }
}

impl Wanted<'_> {
    fn is(&self, shown: &ShownKey) -> bool {
        let key = shown.fingerprint.as_str();
        match self {
            Self::Any => true,
            Self::One { fingerprints, .. } => fingerprints.contains(&key),
            Self::Certified { fingerprint, .. } => shown.is_certified && *fingerprint == key,
        }
    }

    /// The algorithms that the client takes; `None` for its own default.
    fn algorithms(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::One { algorithms, .. } | Self::Certified { algorithms, .. } => {
                Some(algorithms.join(","))
            }
        }
    }
}

/// Has a client exchange keys with sshd.
///
/// # Errors
///
/// It does not come to that, or sshd has another host key than the `wanted` one.
pub(crate) async fn exchange_keys(
    sshd: &Sshd,
    preview: &Preview,
    wanted: &Wanted<'_>,
) -> Result<(), Failed> {
    let mut command = Command::new(CLIENT);
    command.args(["-v", "-T", "-F", "/dev/null", "-l", HOST_USER]);
    for option in OPTIONS {
        command.args(["-o", option]);
    }
    if let Some(algorithms) = wanted.algorithms() {
        command.args(["-o", &format!("HostKeyAlgorithms={algorithms}")]);
    }
    let proxy = format!("ProxyCommand={}", proxy_command(sshd, preview));
    command.args(["-o", &proxy, HOST]);
    let trial = run(command, wanted);
    let trial = tokio::time::timeout(MAX_TRIAL, trial).await;
    trial.unwrap_or(Err(Failed::Silent))
}

/// How long the kernel may take to end what was killed, and the first process to bury it.
const MAX_END: Duration = Duration::from_secs(5);

/// Pause between two looks.
const STEP: Duration = Duration::from_millis(2);

/// Client and sshd; dropped, they are killed.
struct Group(Pid);

impl Group {
    /// Kills them, and waits until they are gone: a search for a running sshd must not find this
    /// one.
    async fn end(self) {
        let pid = self.0;
        drop(self);
        let start = Instant::now();
        while killpg(pid, None) != Err(Errno::ESRCH) && start.elapsed() < MAX_END {
            tokio::time::sleep(STEP).await;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Where they have ended already there is nothing to kill. A process of sshd's that is
        // another user's by now ends with the client's end of the connection.
        let _ = killpg(self.0, Signal::SIGKILL);
    }
}

async fn run(mut command: Command, wanted: &Wanted<'_>) -> Result<(), Failed> {
    // The client has the user's shell run sshd.
    command.env("SHELL", "/bin/sh").env("LC_ALL", "C");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(Failed::NoClient)?;
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    let (Some(pid), Some(said)) = (pid, child.stderr.take()) else {
        return Err(Failed::Said(String::new()));
    };
    let group = Group(Pid::from_raw(pid));
    let mut lines = BufReader::new(said.take(MAX_SAID_BYTES)).lines();
    let result = judge(&mut lines, wanted).await;
    let _ = child.start_kill();
    let _ = child.wait().await;
    group.end().await;
    result
}

async fn judge<R: AsyncRead + Unpin>(
    lines: &mut Lines<BufReader<Take<R>>>,
    wanted: &Wanted<'_>,
) -> Result<(), Failed> {
    let (mut said, mut host_key) = (Vec::new(), None);
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(key) = ShownKey::in_line(&line) {
            host_key = Some(key);
        } else if line.starts_with(DONE) {
            return match host_key {
                Some(key) if wanted.is(&key) => Ok(()),
                key => Err(Failed::OtherKey(
                    key.map(|key| key.fingerprint).unwrap_or_default(),
                )),
            };
        } else if !REMARKS.iter().any(|remark| line.starts_with(remark)) {
            said.push(line.trim_end().to_owned());
        }
    }
    Err(Failed::Said(said.join("\n")))
}

/// What the client has a shell run.
fn proxy_command(sshd: &Sshd, preview: &Preview) -> String {
    let mut words = vec![quoted(&sshd.program().display().to_string())];
    // Its own remarks would look like the client's.
    words.extend(["-i", "-e", "-o", "LogLevel=INFO"].map(str::to_owned));
    words.extend(preview.arguments().iter().map(|word| quoted(word)));
    if let Some(file) = sshd.config().file_to_name() {
        words.extend(["-f".to_owned(), quoted(&Path::display(&file).to_string())]);
    }
    words.join(" ")
}

/// For the shell, and for the client, to which a percent sign begins a token.
fn quoted(word: &str) -> String {
    let word = word.replace('\'', "'\\''").replace('%', "%%");
    format!("'{word}'")
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
