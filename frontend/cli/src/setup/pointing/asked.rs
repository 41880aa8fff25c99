//! Which agent ssh asks now.
//!
//! May touch: `ssh -G`, and the agent that it names.

use std::path::Path;

use crate::error::Failure;
use crate::person;
use crate::probe::agent;
use crate::probe::agent_socket::{is_named_ours, standard_socket};
use crate::probe::ssh_agent::{AgentOfSsh, By};
use crate::probe::ssh_settings::{ANY_HOST, SshSettings, Unsaid};
use crate::setup::generated;
use crate::setup::way::Standing;

/// Asks ssh.
///
/// # Errors
///
/// It does not say.
pub(in crate::setup) async fn ask_ssh() -> Result<SshSettings, Failure> {
    SshSettings::ask(ANY_HOST, None).await.map_err(|error| {
        let failure = Failure::new("cannot find out which agent ssh asks", &error);
        if let Some(next) = person::home_that_ssh_rejects() {
            return failure.and_next(next);
        }
        match error {
            Unsaid::NotRun(_) => failure.and_next("Install it (openssh-client)."),
            Unsaid::Silent | Unsaid::Refused(_) => {
                failure.and_next("Correct ssh's configuration, then run it again.")
            }
        }
    })
}

/// How ssh asks our agent, if it does in every session, or can in no other than this.
pub(super) async fn asked_already(asked: &AgentOfSsh, ready: &Path) -> Option<Standing> {
    let socket = asked.socket.as_ref()?;
    let ours = is_named_ours(socket) || socket == ready;
    if !ours || !agent::is_the_users(socket).await {
        return None;
    }
    let how = format!(
        "ssh asks your agent already: {}, by {}",
        socket.display(),
        asked.by
    );
    if asked.by == By::IdentityAgent {
        return Some(Standing::now(format!("{how}.")));
    }
    if generated::of_each_session().await.as_ref() == Some(socket) {
        let told = format!("{how}, which systemd sets at each login.");
        return Some(Standing::now(told));
    }
    // There is no standard agent that other sessions could ask.
    let in_this_shell = !standard_socket().exists();
    in_this_shell.then(|| {
        let told = format!("{how}, in this shell only: that agent was started by hand.");
        Standing::now(told)
    })
}
