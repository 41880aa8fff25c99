//! `SSH_AUTH_SOCK` in a login shell, as at a console or by ssh, and in desktops that start from
//! one.
//!
//! May touch: the shell's start file, by way of [`UserFile`].

use super::addition::{Addition, exactly};
use super::in_the_way::Obstacle;
use super::user_file::UserFile;
use crate::error::Failure;
use crate::probe::agent;
use crate::probe::login_shell::{AgentOfShell, Login, start_file};

/// The lines, for any shell that reads `~/.profile` or `~/.zprofile`. An agent that `ssh -A`
/// brought is already in the variable, and stays. The second one is whole, so that
/// [`crate::probe::start_files`] knows it as ours.
const LINES: &str = "\
# Added by `sshtpm setup`: keys in the TPM. An agent that `ssh -A` brings here stays.
[ \"${SSH_CONNECTION-}\" ] && [ \"${SSH_AUTH_SOCK-}\" ] || \
export SSH_AUTH_SOCK=\"${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/sshtpm/agent.sock\"
";

/// How many of `lines` are those that setup adds.
pub(super) fn own_lines(lines: &[&str]) -> Option<usize> {
    exactly(lines, LINES)
}

/// What has to be added, if anything, or what of the user's is in the way.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) async fn examine() -> Result<Result<Option<Addition>, Obstacle>, Failure> {
    Ok(match AgentOfShell::look().await {
        AgentOfShell::Named(socket, _) if agent::is_ours(&socket).await => Ok(None),
        AgentOfShell::Named(socket, line) => Err(Obstacle::Names(socket, line)),
        AgentOfShell::Started(line) => Err(Obstacle::Starts(line)),
        AgentOfShell::Unasked(_) => Ok(None),
        AgentOfShell::None => Ok(addition()?),
    })
}

fn addition() -> Result<Option<Addition>, Failure> {
    let login = Login::of_user();
    let name = login.and_then(|login| start_file(&login.shell, &login.home));
    let Some(name) = name else {
        return Ok(None);
    };
    let file = UserFile::look(&name)?;
    Ok(Some(Addition::new(name, file, LINES.to_owned())))
}

/// What a login shell does now, for the user.
///
/// # Errors
///
/// It names another agent.
pub(crate) async fn see() -> Result<String, String> {
    match AgentOfShell::look().await {
        AgentOfShell::Named(socket, _) if agent::is_ours(&socket).await => Ok(
            "A login shell, which was started just now, asks your agent, too. An agent that \
             `ssh -A`\nbrings to this machine stays in use there."
                .to_owned(),
        ),
        AgentOfShell::Named(socket, _) => Err(format!("a login shell asks {}", socket.display())),
        AgentOfShell::Started(line) => Err(format!("{line} starts another agent")),
        AgentOfShell::None => Ok(
            "A login shell, as at a console, has no SSH_AUTH_SOCK: setup does not know the start \
                file of\nyour shell. Set the variable there."
                .to_owned(),
        ),
        AgentOfShell::Unasked(why) => Ok(format!("A login shell could not be tried: {why}.")),
    }
}
