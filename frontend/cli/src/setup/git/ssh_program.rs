//! The program by which git signs: ssh-keygen, or the one that shows ssh-keygen the way to the
//! agent.
//!
//! ssh-keygen looks at `SSH_AUTH_SOCK` and not into ssh's configuration. Where only the latter
//! names our agent, ssh-keygen asks none or another one.
//!
//! May touch: the socket of the agent, by connecting to it.

use super::settings::{self, Kind, Setting};
use crate::error::Failure;
use crate::probe::agent_socket::standard_socket;
use crate::probe::ssh_agent::AgentOfSsh;
use crate::probe::{agent, program};
use crate::setup::generated;

/// The setting.
const NAME: &str = "gpg.ssh.program";

/// Our program, which git looks up in `PATH`. The package installs it.
const OURS: &str = "sshtpm-ssh-keygen";

/// What git runs if nothing is set.
const USUAL: &str = "ssh-keygen";

/// What is to be changed so that git's signatures reach our agent in every session.
///
/// # Errors
///
/// git does not say what it is, or our program is not installed.
pub(super) async fn wanted() -> Result<Option<Setting>, Failure> {
    let now = settings::read(NAME, Kind::Text).await?;
    let now = now.as_deref().unwrap_or(USUAL);
    if now == OURS || (now == USUAL && finds_the_agent().await) {
        return Ok(None);
    }
    if program::look_up(OURS).is_none() {
        let why = format!("{OURS} is not installed beside sshtpm");
        let failure = Failure::new("cannot show git the way to your agent", why);
        return Err(failure.and_next("Install sshtpm again, then run `sshtpm setup --git` again."));
    }
    Setting::wanted(NAME, OURS).await
}

/// Whether ssh-keygen finds our agent by itself, now and in later sessions.
async fn finds_the_agent() -> bool {
    let Some(socket) = AgentOfSsh::of_environment().socket else {
        return false;
    };
    // An agent that was started by hand has no other sessions.
    if !standard_socket().exists() {
        return true;
    }
    let later = generated::generated().await.ok().flatten();
    agent::is_ours(&socket).await && later == Some(socket)
}
