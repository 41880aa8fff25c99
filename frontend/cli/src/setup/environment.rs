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

use super::addition::Addition;
use super::generated::generated;
use super::user_file::UserFile;
use super::way::Way;
use super::{drop_in, effect, in_the_way, login_shell};
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

/// What to do where all is written, and this session has another value.
const LATER: &str = "A program has set it since you logged in. Log in again, or run:";

/// What there is, and what would be added.
///
/// # Errors
///
/// There is no systemd that would read it, or it is set otherwise and cannot be read.
pub(crate) async fn examine(home: &Path, asked: &AgentOfSsh) -> Result<Way, Failure> {
    let set = generated().await?;
    match additions(home, asked, set).await {
        Ok((additions, manager)) if additions.is_empty() => stands(manager.as_ref()).await,
        Ok((additions, _)) => Ok(Way::Lines(additions)),
        Err(failure) => Ok(Way::Left(failure)),
    }
}

async fn additions(
    home: &Path,
    asked: &AgentOfSsh,
    set: Option<PathBuf>,
) -> Result<(Vec<Addition>, Option<UserManager>), Failure> {
    if asked.by == By::IdentityAgent && !agent::is_named(asked.socket.as_deref()).await {
        return Err(left(format!("{} wins over {VARIABLE}", asked.by)));
    }
    let mut additions = Vec::new();
    match set {
        Some(socket) if agent::is_ours(&socket).await => {}
        Some(socket) => return Err(set_otherwise(&socket)),
        None => additions.push(file(home)?),
    }
    // Without one, nothing of it can be seen, and no socket of another agent is started.
    let manager = UserManager::ask().await.ok();
    if let Some(manager) = &manager {
        if let Some(failure) = in_the_way::of_systemd(manager).await {
            return Err(failure);
        }
        additions.extend(drop_in::examine(home, manager)?);
    }
    additions.extend(login_shell::examine().await?);
    Ok((additions, manager))
}

fn file(home: &Path) -> Result<Addition, Failure> {
    let name = home.join(".config/environment.d/50-sshtpm.conf");
    let file = UserFile::look(&name);
    let file = file.map_err(|failure| failure.and_next(format!("{BY_HAND}\n{LINES}")))?;
    if file.exists() {
        let why = format!("{} is there and does not set {VARIABLE}", name.display());
        return Err(left(why));
    }
    Ok(Addition::new(name, file, LINES.to_owned()))
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
    let value = manager.given.as_ref();
    let value = value.map_or("nothing".into(), |value| value.display().to_string());
    let why = format!("what systemd starts now has {value} in {VARIABLE}");
    let set = format!(
        "systemctl --user set-environment {VARIABLE}={}",
        socket.display()
    );
    let failure = Failure::new("ssh does not ask your agent", why);
    Ok(Way::Left(failure.and_next(format!("{LATER}\n    {set}"))))
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
