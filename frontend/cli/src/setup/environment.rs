//! `SSH_AUTH_SOCK` in `~/.config/environment.d`.
//!
//! Purpose: programs that do not read ssh's configuration, such as ssh-add, find the agent,
//! too. May touch: a file there, by way of [`UserFile`]; has systemd's generators run, which read
//! it.
//!
//! Sources: environment.d(5): the file with the last name wins; systemd-environment-d-generator(8).
//! It holds for what the user's systemd starts, so not for logins at a console or by ssh.

use std::path::{Path, PathBuf};

use super::user_file::UserFile;
use super::way::Way;
use crate::error::Failure;
use crate::person;
use crate::probe::agent_socket::standard_socket;
use crate::probe::ssh_agent::{AgentOfSsh, By};
use crate::probe::{agent, generators};

/// Where a user's systemd finds programs by default. Source: environ(7), PATH.
const PROGRAMS: &str = "/usr/local/bin:/usr/bin:/bin";

/// The variable.
const VARIABLE: &str = "SSH_AUTH_SOCK";

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
pub(crate) async fn examine(home: &Path, asked: &AgentOfSsh) -> Result<Way, Failure> {
    let set = generated().await?;
    let name = home.join(".config/environment.d/50-sshtpm.conf");
    let left = |why: String| {
        let failure = Failure::new("ssh does not ask your agent", why);
        Way::Left(failure.and_next("It was left as it is."))
    };
    let ours = match &asked.socket {
        Some(socket) => agent::is_ours(socket).await,
        None => false,
    };
    if asked.by == By::IdentityAgent && !ours {
        return Ok(left(format!("{} wins over {VARIABLE}", asked.by)));
    }
    match set {
        Some(socket) if agent::is_ours(&socket).await => return Ok(Way::Done(told(&socket))),
        Some(socket) => {
            return Ok(left(format!(
                "a file in environment.d, or another of systemd's generators, already sets \
                 {VARIABLE} to {}",
                socket.display()
            )));
        }
        None => {}
    }
    let file = match UserFile::look(&name) {
        Ok(file) => file,
        Err(failure) => return Ok(Way::Left(failure.and_next(format!("{BY_HAND}\n{LINES}")))),
    };
    if file.exists() {
        return Ok(left(format!(
            "{} is there and does not set {VARIABLE}",
            name.display()
        )));
    }
    Ok(Way::Lines {
        name,
        file,
        lines: LINES.to_owned(),
    })
}

/// Whether systemd reads the lines; what to tell, or why not.
///
/// # Errors
///
/// It does not.
pub(crate) async fn verify() -> Result<String, String> {
    match generated().await {
        Ok(Some(socket)) if agent::is_ours(&socket).await => Ok(told(&socket)),
        Ok(_) => Err("systemd does not read them, or overrides them".to_owned()),
        Err(failure) => Err(failure.to_string()),
    }
}

fn told(socket: &Path) -> String {
    let socket = socket.display();
    format!(
        "What systemd starts for you, such as a desktop, asks your agent from the next login on.\n\
         Until then, and in other shells: export {VARIABLE}={socket}"
    )
}

/// What the next login will have, as far as systemd decides it.
///
/// # Errors
///
/// There is no systemd that would read environment.d.
pub(crate) async fn generated() -> Result<Option<PathBuf>, Failure> {
    let socket = standard_socket();
    let runtime = socket.ancestors().nth(2).unwrap_or(Path::new("/"));
    let home = person::home_directory()?;
    let start = [
        ("HOME", home.to_string_lossy()),
        ("PATH", PROGRAMS.into()),
        ("XDG_RUNTIME_DIR", runtime.to_string_lossy()),
    ];
    let start = start.map(|(name, value)| (name.to_owned(), value.into_owned()));
    let environment = generators::run(start.into()).await.map_err(|error| {
        let why = format!("systemd's generators cannot be run: {error}");
        Failure::new("cannot set the environment of your sessions", why)
            .and_next("Use `--agent-by ssh-config`, or set SSH_AUTH_SOCK where your shell starts.")
    })?;
    let value = environment.get(VARIABLE).filter(|value| !value.is_empty());
    Ok(value.map(PathBuf::from))
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
