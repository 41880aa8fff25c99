//! How the queue for the TPM is shown: as a line for people, as JSON for programs.

use serde::Serialize;
use sshtpm_dbus::Queue;

/// What waits for the TPM.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct QueueJson {
    /// Requests of all users.
    pub(crate) waiting: u32,
    /// Those of the caller.
    pub(crate) own: u32,
    /// Those for an RSA key, which let others go first.
    pub(crate) generations: u32,
    /// Whether an RSA key is being made now.
    pub(crate) generating: bool,
}

impl From<Queue> for QueueJson {
    fn from(queue: Queue) -> Self {
        Self {
            waiting: queue.waiting,
            own: queue.own,
            generations: queue.generations,
            generating: queue.generating,
        }
    }
}

impl QueueJson {
    /// The same as a line for people.
    pub(crate) fn line(self) -> String {
        let waiting = match (self.waiting, self.own) {
            (0, _) => "nothing waits".to_owned(),
            (waiting, own) if waiting == own => format!("{waiting} waiting, all yours"),
            (waiting, own) => format!("{waiting} waiting, {own} of them yours"),
        };
        let generations = match self.generations {
            0 => String::new(),
            generations => format!(", {generations} for an RSA key"),
        };
        let generating = match self.generating {
            false => "",
            true => "; an RSA key is being made",
        };
        waiting + &generations + generating
    }
}
