//! `SSH_AUTH_SOCK` in the environment of each session.
//!
//! Purpose: programs that do not read ssh's configuration, such as ssh-add, find the agent, too.
//! Three places make it so: environment.d, for all that systemd starts; [`super::drop_in`], because
//! sockets of other agents override that; [`super::login_shell`], for consoles and logins by ssh.
//!
//! May touch: files there, by way of [`UserFile`].
//!
//! Source: environment.d(5): the file with the last name wins.

use std::path::{Path, PathBuf};

use super::addition::{Addition, exactly};
use super::generated::generated;
use super::in_the_way::{Obstacle, Value};
use super::user_file::UserFile;
use super::way::Way;
use super::{drop_in, effect, login_shell};
use crate::error::Failure;
use crate::probe::agent;
use crate::probe::agent_socket::standard_socket;
use crate::probe::ssh_agent::{AgentOfSsh, By, VARIABLE};
use crate::probe::user_manager::UserManager;

/// What is added. systemd sets the other variable before it reads this.
const LINES: &str = "\
# Added by `sshtpm setup`: keys in the TPM.
SSH_AUTH_SOCK=${XDG_RUNTIME_DIR}/sshtpm/agent.sock
";

/// What to do where the file cannot be written.
const BY_HAND: &str = "It was left as it is. Add these lines to it, or to another file there:";

/// What there is, and what would be added.
///
/// # Errors
///
/// There is no systemd that would read it, or it is set otherwise and cannot be read.
pub(crate) async fn examine(home: &Path, asked: &AgentOfSsh, told: Value) -> Result<Way, Failure> {
    let set = generated().await?;
    match additions(home, asked, set, told).await {
        Ok((additions, manager)) if additions.is_empty() => stands(manager.as_ref()).await,
        Ok((additions, _)) => Ok(Way::Lines(additions)),
        Err(Stop::Left(failure)) => Ok(Way::Left(failure)),
        Err(Stop::Blocked(obstacle)) => Ok(Way::Blocked(obstacle)),
    }
}

/// Why nothing can be added.
enum Stop {
    Left(Failure),
    Blocked(Obstacle),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Left(failure)
    }
}

async fn additions(
    home: &Path,
    asked: &AgentOfSsh,
    set: Option<PathBuf>,
    told: Value,
) -> Result<(Vec<Addition>, Option<UserManager>), Stop> {
    if asked.by == By::IdentityAgent && !agent::is_named(asked.socket.as_deref()).await {
        return Err(left(format!("{} wins over {VARIABLE}", asked.by)).into());
    }
    let mut additions = Vec::new();
    match set {
        Some(socket) if agent::is_ours(&socket).await => {}
        Some(socket) => return Err(set_otherwise(&socket).into()),
        None => additions.push(file(home)?),
    }
    // Without one, nothing of it can be seen, and no socket of another agent is started.
    let manager = UserManager::ask().await.ok();
    if let Some(manager) = &manager {
        if let Some(obstacle) = Obstacle::of_systemd(manager, told).await {
            return Err(Stop::Blocked(obstacle));
        }
        additions.extend(drop_in::examine(home, manager)?);
    }
    match login_shell::examine().await? {
        Ok(addition) => additions.extend(addition),
        Err(obstacle) => return Err(Stop::Blocked(obstacle)),
    }
    Ok((additions, manager))
}

fn file(home: &Path) -> Result<Addition, Failure> {
    let name = home.join(FILE);
    let file = UserFile::look(&name);
    let file = file.map_err(|failure| failure.and_next(format!("{BY_HAND}\n{LINES}")))?;
    if file.exists() {
        let why = format!("{} is there and does not set {VARIABLE}", name.display());
        return Err(left(why));
    }
    Ok(Addition::new(name, file, LINES.to_owned()))
}

/// Where the lines are, below the home directory.
pub(super) const FILE: &str = ".config/environment.d/50-sshtpm.conf";

/// How many of `lines` are those that setup adds.
pub(super) fn own_lines(lines: &[&str]) -> Option<usize> {
    exactly(lines, LINES)
}

fn left(why: String) -> Failure {
    Failure::new("ssh does not ask your agent", why).and_next("It was left as it is.")
}

fn set_otherwise(socket: &Path) -> Failure {
    left(format!(
        "a file in environment.d, or another of systemd's generators, already sets {VARIABLE} to \
         {}",
        socket.display()
    ))
}

/// All is written: whether it has the effect in this session.
async fn stands(manager: Option<&UserManager>) -> Result<Way, Failure> {
    let socket = standard_socket();
    let shell = login_shell::see().await.unwrap_or_default();
    let Some(manager) = manager else {
        return Ok(Way::Done(effect::unseen(&socket, &shell)));
    };
    if agent::is_named(manager.given.as_deref()).await {
        return Ok(Way::Done(effect::seen(&socket, &shell).await));
    }
    Ok(Way::Blocked(Obstacle::set_later(manager)))
}

#[cfg(test)]
mod tests {
    use super::{LINES, VARIABLE};

    #[test]
    fn the_lines_follow_the_runtime_directory() {
        let line = format!("\n{VARIABLE}=${{XDG_RUNTIME_DIR}}/sshtpm/agent.sock\n");
        assert!(LINES.ends_with(&line), "{LINES}");
    }
}
