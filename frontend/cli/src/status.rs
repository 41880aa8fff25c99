//! `sshtpm status`: whether the broker and the TPM can be used, and which agent ssh will ask.
//!
//! Exit status, after systemctl: 0 the TPM is ready, 3 it is not, 1 the broker cannot be reached.

use std::collections::HashMap;
use std::process::ExitCode;

use serde::Serialize;
use sshtpm_dbus::{Error, TpmProxy, WireWord};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::origin::Holding;
use sshtpm_ssh::tpm::TpmState;

use super::args::JsonArgs;
use super::error::Failure;
use super::key_listing::type_label;
use super::output::{print, print_json};
use super::probe::ssh_agent::{AgentOfSsh, SshAgent};
use super::probe::{agent_report, agent_socket};
use super::queue_listing::QueueJson;
use super::screen::{Screen, Tone};
use super::session::Session;
use super::width::cut;
use sshtpm_ssh::text::printable;

/// Exit status if the TPM is not ready, as systemctl(1) has it for a unit that is not active.
const NOT_READY: u8 = 3;

/// What `--json` prints. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
struct Status {
    /// Version of the command line.
    version: &'static str,
    /// Version of the broker.
    broker_version: String,
    /// `ready`, or what it is instead.
    state: WireWord<TpmState>,
    /// What stands in the way; empty when ready.
    state_reason: String,
    /// Where the TPM is.
    device: String,
    /// Vendor; empty until the TPM was used.
    manufacturer: String,
    /// Firmware version; empty until the TPM was used.
    firmware: String,
    /// What can be generated.
    algorithms: Vec<AlgorithmJson>,
    /// Handle of the parent key, such as `0x81000001`.
    parent_handle: String,
    /// Name of the parent key in hexadecimal; empty until the TPM was used.
    parent_name: String,
    /// Number of the caller's keys; `null` if they cannot be listed.
    keys: Option<usize>,
    /// What waits for the TPM; `null` if that cannot be seen.
    queue: Option<QueueJson>,
    /// The agent that ssh asks.
    ssh_agent: SshAgent,
    /// Why the user's sshtpm-agent lately refused to add or to remove keys, the newest first;
    /// `null` if it does not say.
    agent_refusals: Option<Vec<RefusalJson>>,
}

#[derive(Debug, Serialize)]
struct RefusalJson {
    /// How long ago that was the last time.
    seconds_ago: u64,
    reason: String,
}

impl RefusalJson {
    fn line(&self) -> String {
        let minutes = self.seconds_ago / 60;
        let when = match minutes {
            0 => "just now".to_owned(),
            1..120 => format!("{minutes} min ago"),
            _ => format!("{} h ago", minutes / 60),
        };
        format!("{when}: {}", self.reason)
    }
}

#[derive(Debug, Serialize)]
struct AlgorithmJson {
    algorithm: String,
    bits: u32,
}

impl AlgorithmJson {
    /// The type, and whether the TPM only seals keys of it.
    fn label(&self) -> String {
        let label = type_label(&self.algorithm, self.bits);
        let known = Algorithm::from_name_and_bits(&self.algorithm, self.bits);
        match known.map(Algorithm::holding) {
            Some(Holding::Sealed) => format!("{label} (sealed)"),
            Some(Holding::Tpm) | None => label,
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// The broker cannot be reached, or the status cannot be printed.
pub(crate) async fn run(session: &Session, format: JsonArgs) -> Result<ExitCode, Failure> {
    let tpm = session.tpm().await?;
    let status = Status::ask(session, tpm).await.map_err(|error| {
        Failure::from_broker("cannot ask the broker for its status", &Error::from(error))
    })?;
    if format.json {
        print_json(&status)?;
    } else {
        print(&status.shown_on(Screen::of_stdout()))?;
    }
    Ok(match status.state.0 {
        TpmState::Ready => ExitCode::SUCCESS,
        _ => ExitCode::from(NOT_READY),
    })
}

impl Status {
    async fn ask(session: &Session, tpm: &TpmProxy<'_>) -> zbus::Result<Self> {
        let algorithms = tpm.algorithms().await?.into_iter();
        let ssh_agent = AgentOfSsh::ask().await.kind();
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            broker_version: tpm.version().await?,
            state: tpm.state().await?,
            state_reason: tpm.state_reason().await?,
            device: tpm.device().await?,
            manufacturer: tpm.manufacturer().await?,
            firmware: tpm.firmware().await?,
            algorithms: algorithms
                .map(|(algorithm, bits)| AlgorithmJson { algorithm, bits })
                .collect(),
            parent_handle: format!("{:#010x}", tpm.parent_handle().await?),
            parent_name: tpm.parent_name().await?,
            // The TPM is what this command is about; keys that cannot be listed are no reason to
            // keep silent about it.
            keys: session.list(None).await.ok().map(|keys| keys.len()),
            queue: tpm.get_queue(&HashMap::new()).await.ok().map(Into::into),
            agent_refusals: agent_refusals(&ssh_agent).await,
            ssh_agent,
        })
    }

    /// A line for each fact. The name of the parent key, which is longer than a line of a terminal,
    /// is cut there; `--json` has it whole.
    fn shown_on(&self, screen: Screen) -> String {
        let refusals = self.agent_refusals.as_deref().unwrap_or_default();
        let refusals = refusals.iter().map(|refused| ("ssh-add", refused.line()));
        let algorithms: Vec<String> = self.algorithms.iter().map(AlgorithmJson::label).collect();
        [
            ("TPM", self.state_line()),
            ("Device", self.device.clone()),
            ("Manufacturer", self.manufacturer.clone()),
            ("Firmware", self.firmware.clone()),
            ("Algorithms", algorithms.join(", ")),
            (
                "Parent key",
                format!("{} {}", self.parent_handle, self.parent_name),
            ),
            (
                "Your keys",
                self.keys
                    .map_or_else(|| "cannot be listed".to_owned(), |n| n.to_string()),
            ),
            (
                "Queue",
                self.queue
                    .map_or_else(|| "cannot be seen".to_owned(), |queue| queue.line()),
            ),
            ("ssh asks", agent_line(&self.ssh_agent)),
            ("Broker", self.broker_version.clone()),
        ]
        .into_iter()
        .chain(refusals)
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let line = format!("{name:>12}: {}", printable(value.trim_end()));
            match (name, screen.columns()) {
                ("TPM", _) => screen.paint(self.tone(), &line),
                ("Parent key", Some(columns)) => cut(&line, columns),
                _ => line,
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
    }

    fn tone(&self) -> Tone {
        match self.state.0 {
            TpmState::Ready => Tone::Good,
            TpmState::Starting => Tone::Attention,
            _ => Tone::Bad,
        }
    }

    fn state_line(&self) -> String {
        if self.state_reason.is_empty() {
            self.state.to_string()
        } else {
            format!("{} ({})", self.state, self.state_reason)
        }
    }
}

/// What the agent that ssh asks says, if it is ours; otherwise the one that systemd starts.
async fn agent_refusals(asked: &SshAgent) -> Option<Vec<RefusalJson>> {
    let socket = match asked {
        SshAgent::Sshtpm(socket) => socket.clone(),
        SshAgent::Other(_) | SshAgent::None => agent_socket::standard_socket(),
    };
    let report = agent_report::ask(&socket).await.ok()?;
    let told = report.refusals.into_iter().map(|refused| RefusalJson {
        seconds_ago: refused.seconds_ago,
        reason: refused.why,
    });
    Some(told.collect())
}

fn agent_line(agent: &SshAgent) -> String {
    let missing = |socket: &std::path::Path| {
        if socket.exists() {
            ""
        } else {
            ", which is not there"
        }
    };
    let ours = || match agent_socket::own_socket() {
        Some(socket) => format!("sshtpm's is {}", socket.display()),
        None => format!("start sshtpm's with `{}`", agent_socket::START_COMMAND),
    };
    match agent {
        SshAgent::Sshtpm(socket) => {
            format!("sshtpm-agent at {}{}", socket.display(), missing(socket))
        }
        SshAgent::Other(socket) => {
            format!(
                "the agent at {}{}; {}",
                socket.display(),
                missing(socket),
                ours()
            )
        }
        SshAgent::None => format!("no agent; {}", ours()),
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::WireWord;
    use sshtpm_ssh::tpm::TpmState;

    use super::{AlgorithmJson, QueueJson, Screen, Status};
    use crate::probe::ssh_agent::SshAgent;

    fn status() -> Status {
        Status {
            version: "1",
            broker_version: "1".to_owned(),
            state: WireWord(TpmState::Absent),
            state_reason: "no device\n\u{1b}[2J".to_owned(),
            device: "device:/dev/tpmrm0".to_owned(),
            manufacturer: String::new(),
            firmware: String::new(),
            algorithms: vec![AlgorithmJson {
                algorithm: "ssh-rsa".to_owned(),
                bits: 2048,
            }],
            parent_handle: "0x81000001".to_owned(),
            parent_name: String::new(),
            keys: Some(2),
            queue: Some(QueueJson {
                waiting: 3,
                own: 1,
                generations: 1,
                generating: true,
            }),
            ssh_agent: SshAgent::None,
            agent_refusals: None,
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let lines = status().shown_on(Screen::PLAIN);
        assert!(!lines.contains("Manufacturer"), "{lines}");
        assert!(
            lines.contains("  Algorithms: RSA 2048\n  Parent key: 0x81000001\n"),
            "{lines}"
        );
    }

    #[test]
    fn the_reason_cannot_command_the_terminal() {
        let lines = status().shown_on(Screen::PLAIN);
        assert!(
            lines.starts_with("         TPM: absent (no device\\n\\u{1b}[2J)\n"),
            "{lines}"
        );
    }

    #[test]
    fn the_queue_is_told_with_what_is_in_it() {
        let mut status = status();
        let queue = |status: &Status| {
            let lines = status.shown_on(Screen::PLAIN);
            let line = lines
                .lines()
                .find_map(|line| line.trim().strip_prefix("Queue: "));
            line.unwrap().to_owned()
        };
        assert_eq!(
            queue(&status),
            "3 waiting, 1 of them yours, 1 for an RSA key; an RSA key is being made"
        );
        status.queue = Some(QueueJson {
            waiting: 0,
            own: 0,
            generations: 0,
            generating: false,
        });
        assert_eq!(queue(&status), "nothing waits");
        status.queue = None;
        assert_eq!(queue(&status), "cannot be seen");
    }

    #[test]
    fn the_names_in_json_are_the_documented_ones() {
        let json = serde_json::to_value(status()).unwrap();
        assert_eq!(json["state"], "absent");
        assert_eq!(json["algorithms"][0]["algorithm"], "ssh-rsa");
        assert_eq!(json["ssh_agent"]["kind"], "none");
        assert_eq!(json["keys"], 2);
        let queue = serde_json::json!(
            {"waiting": 3, "own": 1, "generations": 1, "generating": true}
        );
        assert_eq!(json["queue"], queue);
    }
}
