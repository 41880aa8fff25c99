//! What remains after it: keys, and what else has ssh ask the agent.
//!
//! May touch: has the user's systemd read its units again and forget the variable, if it names our
//! agent.

use crate::probe::agent;
use crate::probe::ssh_agent::{AgentOfSsh, By, SshAgent, VARIABLE};
use crate::probe::user_manager::{given, systemctl};

/// What stays on purpose.
const KEYS: &str = "\
Your keys stay in the TPM, and their public halves in ~/.ssh. `sshtpm list` shows them, and
`sshtpm rm KEY` deletes one.";

/// What to tell of it.
pub(super) async fn told() -> String {
    let asked = AgentOfSsh::ask().await;
    match (asked.kind(), asked.by) {
        (SshAgent::Sshtpm(_), By::Environment) => format!(
            "{KEYS}\nThis session still has sshtpm-agent in {VARIABLE}, until you log in again."
        ),
        (SshAgent::Sshtpm(_), by) => {
            format!(
                "{KEYS}\nssh still asks sshtpm-agent, because of {by}. Setup did not write that."
            )
        }
        _ => KEYS.to_owned(),
    }
}

/// Has the user's systemd forget what it was given. Without systemd there is nothing to forget.
pub(super) async fn have_systemd_forget() {
    let _ = systemctl(&["daemon-reload"]).await;
    let given = given().await.ok().flatten();
    if agent::is_named(given.as_deref()).await {
        let _ = systemctl(&["unset-environment", VARIABLE]).await;
    }
}
