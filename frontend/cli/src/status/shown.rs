//! The status as lines for people.

use sshtpm_ssh::text::printable;
use sshtpm_ssh::tpm::TpmState;

use super::facts::{AlgorithmJson, Status};
use crate::probe::agent_socket;
use crate::probe::ssh_agent::SshAgent;
use crate::queue_listing::QueueJson;
use crate::screen::{Screen, Tone};
use crate::width::cut;

impl Status {
    /// A line for each fact. The name of the parent key, which is longer than a line of a terminal,
    /// is cut there; `--json` has it whole.
    pub(super) fn shown_on(&self, screen: Screen) -> String {
        let refusals = self.agent_refusals.as_deref().unwrap_or_default();
        let refusals = refusals.iter().map(|refused| ("ssh-add", refused.line()));
        let facts = self.facts().into_iter().chain(refusals);
        let lines = facts
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| {
                let line = format!("{name:>12}: {}", printable(value.trim_end()));
                match (name, screen.columns()) {
                    ("TPM", _) => screen.paint(self.tone(), &line),
                    ("Parent key", Some(columns)) => cut(&line, columns),
                    _ => line,
                }
            });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn facts(&self) -> [(&'static str, String); 10] {
        let algorithms: Vec<String> = self.algorithms.iter().map(AlgorithmJson::label).collect();
        let parent = format!("{} {}", self.parent_handle, self.parent_name);
        let keys = self.keys.map(|count| count.to_string());
        let keys = keys.unwrap_or_else(|| "cannot be listed".to_owned());
        let queue = self.queue.map(QueueJson::line);
        let queue = queue.unwrap_or_else(|| "cannot be seen".to_owned());
        [
            ("TPM", self.state_line()),
            ("Device", self.device.clone()),
            ("Manufacturer", self.manufacturer.clone()),
            ("Firmware", self.firmware.clone()),
            ("Algorithms", algorithms.join(", ")),
            ("Parent key", parent),
            ("Your keys", keys),
            ("Queue", queue),
            ("ssh asks", agent_line(&self.ssh_agent)),
            ("Broker", self.broker_version.clone()),
        ]
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

    use super::{AlgorithmJson, Screen, Status};
    use crate::probe::ssh_agent::SshAgent;
    use crate::queue_listing::QueueJson;

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
