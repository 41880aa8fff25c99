//! What has to work before there is anything to set up, in the words of `sshtpm doctor`.
//!
//! May touch: starts the agent's socket, with the user's consent, where nothing else is missing.

use std::path::PathBuf;

use super::consent::Consent;
use super::own_unit;
use crate::checks::finding::Checked;
use crate::checks::{AGENT, Chain};
use crate::error::Failure;
use crate::output::Output;
use crate::probe::own_unit::Stopped;

/// Sees that it works, and returns where the agent is.
///
/// # Errors
///
/// Something does not work.
pub(super) async fn agent(output: Output, consent: Option<Consent>) -> Result<PathBuf, Failure> {
    let (mut chain, mut checks) = look(output).await;
    let mut changed = "Nothing was changed.";
    if let Some(consent) = consent
        && fails_by_agent_alone(&checks)
        && let Some(stopped) = Stopped::look().await
        && own_unit::start(&stopped, output, consent).await?
    {
        changed = "Nothing else was changed.";
        (chain, checks) = look(output).await;
    }
    let not_ok = checks.iter().filter(|checked| checked.wants_attention());
    let lines = not_ok.map(ToString::to_string).collect::<Vec<_>>();
    let lines = lines.join("\n");
    if checks.iter().any(Checked::failed) {
        let why = format!("something is not ready\n{lines}");
        return Err(Failure::new("cannot set up", why).and_next(changed));
    }
    if !lines.is_empty() {
        output.notice(&lines)?;
    }
    output.notice("The TPM, the broker and your agent are ready.")?;
    Ok(chain.agent_socket().await)
}

async fn look(output: Output) -> (Chain, Vec<Checked>) {
    let chain = output.busy("Looking at broker and TPM", Chain::ask()).await;
    let checks = chain.for_setup().await;
    (chain, checks)
}

fn fails_by_agent_alone(checks: &[Checked]) -> bool {
    let mut failed = checks.iter().filter(|checked| checked.failed());
    failed.next().is_some_and(|checked| checked.name == AGENT) && failed.next().is_none()
}
