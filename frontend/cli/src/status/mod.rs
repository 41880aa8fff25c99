//! `sshtpm status`: whether the broker and the TPM can be used, and which agent ssh will ask.
//!
//! Exit status, after systemctl: 0 the TPM is ready, 3 it is not, 1 the broker cannot be reached.

mod facts;
mod shown;

use std::collections::HashMap;
use std::process::ExitCode;

use sshtpm_dbus::{Error, TpmProxy};
use sshtpm_ssh::tpm::TpmState;

use self::facts::{AlgorithmJson, RefusalJson, Status};
use super::args::JsonArgs;
use super::error::Failure;
use super::output::{print, print_json};
use super::probe::ssh_agent::{AgentOfSsh, SshAgent};
use super::probe::{agent_report, agent_socket};
use super::screen::Screen;
use super::session::Session;

/// Exit status if the TPM is not ready, as systemctl(1) has it for a unit that is not active.
const NOT_READY: u8 = 3;

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
