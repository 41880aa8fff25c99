//! What `sshtpm status` tells, with the names that `--json` has for it.

use serde::Serialize;
use sshtpm_dbus::WireWord;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::origin::Holding;
use sshtpm_ssh::tpm::TpmState;

use crate::key_listing::type_label;
use crate::probe::ssh_agent::SshAgent;
use crate::queue_listing::QueueJson;

/// What `--json` prints. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    /// Version of the command line.
    pub(super) version: &'static str,
    /// Version of the broker.
    pub(super) broker_version: String,
    /// `ready`, or what it is instead.
    pub(super) state: WireWord<TpmState>,
    /// What stands in the way; empty when ready.
    pub(super) state_reason: String,
    /// Where the TPM is.
    pub(super) device: String,
    /// Vendor; empty until the TPM was used.
    pub(super) manufacturer: String,
    /// Firmware version; empty until the TPM was used.
    pub(super) firmware: String,
    /// What can be generated.
    pub(super) algorithms: Vec<AlgorithmJson>,
    /// Handle of the parent key, such as `0x81000001`.
    pub(super) parent_handle: String,
    /// Name of the parent key in hexadecimal; empty until the TPM was used.
    pub(super) parent_name: String,
    /// Number of the caller's keys; `null` if they cannot be listed.
    pub(super) keys: Option<usize>,
    /// What waits for the TPM; `null` if that cannot be seen.
    pub(super) queue: Option<QueueJson>,
    /// The agent that ssh asks.
    pub(super) ssh_agent: SshAgent,
    /// Why the user's sshtpm-agent lately refused to add or to remove keys, the newest first;
    /// `null` if it does not say.
    pub(super) agent_refusals: Option<Vec<RefusalJson>>,
}

#[derive(Debug, Serialize)]
pub(super) struct RefusalJson {
    /// How long ago that was the last time.
    pub(super) seconds_ago: u64,
    pub(super) reason: String,
}

impl RefusalJson {
    pub(super) fn line(&self) -> String {
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
pub(super) struct AlgorithmJson {
    pub(super) algorithm: String,
    pub(super) bits: u32,
}

impl AlgorithmJson {
    /// The type, and whether the TPM only seals keys of it.
    pub(super) fn label(&self) -> String {
        let label = type_label(&self.algorithm, self.bits);
        let known = Algorithm::from_name_and_bits(&self.algorithm, self.bits);
        match known.map(Algorithm::holding) {
            Some(Holding::Sealed) => format!("{label} (sealed)"),
            Some(Holding::Tpm) | None => label,
        }
    }
}
