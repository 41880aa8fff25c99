//! `SSH_AUTH_SOCK` in `~/.config/environment.d`.
//!
//! Purpose: what reads no configuration of ssh's, such as ssh-add and ssh-keygen, finds the agent, too.
//! May touch: a file there, by way of [`UserFile`]; runs systemd's own generator, which reads it.
//!
//! Sources: environment.d(5): the file with the last name wins; systemd-environment-d-generator(8). It
//! holds for what the user's systemd starts, so not for logins at a console or by ssh.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::pointing::Way;
use super::user_file::UserFile;
use crate::cli::doctor::ssh_settings::{AgentOfSsh, By};
use crate::cli::doctor::{agent, program};
use crate::cli::error::Failure;
use crate::cli::person;

/// What systemd runs for the user's environment.
const GENERATOR: &str =
    "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";

/// How long it may take; it reads some files.
const MAX_READING: Duration = Duration::from_secs(10);

/// The variable.
const VARIABLE: &str = "SSH_AUTH_SOCK";

/// What is added. systemd sets the other variable before it reads this.
const LINES: &str = "\
# Added by `sshtpm setup`: keys in the TPM.
SSH_AUTH_SOCK=${XDG_RUNTIME_DIR}/sshtpm/agent.sock
";

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
    if asked.by == By::IdentityAgent {
        return Ok(left(format!("{} wins over {VARIABLE}", asked.by)));
    }
    match set {
        Some(socket) if agent::is_ours(&socket) => return Ok(Way::Done(told(&socket))),
        Some(socket) => {
            return Ok(left(format!(
                "a file in environment.d sets {VARIABLE} to {} already",
                socket.display()
            )));
        }
        None => {}
    }
    let file = UserFile::look(&name)?;
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
        Ok(Some(socket)) if agent::is_ours(&socket) => Ok(told(&socket)),
        Ok(_) => Err("systemd does not read them".to_owned()),
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

/// What the next login will have, as far as environment.d says.
async fn generated() -> Result<Option<PathBuf>, Failure> {
    let cannot = |why: String| {
        Failure::new("cannot set the environment of your sessions", why)
            .and_next("Use `--agent-by ssh-config`, or set SSH_AUTH_SOCK where your shell starts.")
    };
    let socket = agent::standard_socket();
    let runtime = socket.ancestors().nth(2).unwrap_or(Path::new("/"));
    let mut command = Command::new(GENERATOR);
    command
        .env_clear()
        .env("HOME", person::home_directory()?)
        .env("XDG_RUNTIME_DIR", runtime);
    let ended = program::run(command, MAX_READING)
        .await
        .map_err(|error| cannot(format!("systemd's generator cannot be run: {error}")))?;
    Ok(value(&String::from_utf8_lossy(&ended.stdout)))
}

/// The generator gives lines like those of environment.d; the last one counts.
fn value(output: &str) -> Option<PathBuf> {
    let values = output.lines().filter_map(|line| line.split_once('='));
    let mut values = values.filter(|(name, _)| *name == VARIABLE);
    let (_, value) = values.next_back()?;
    (!value.is_empty()).then(|| PathBuf::from(value))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{LINES, value};

    #[test]
    fn the_last_value_counts() {
        let output = "SSH_AUTH_SOCK=/a\nOTHER=1\nSSH_AUTH_SOCK=/b\n";
        assert_eq!(value(output), Some(PathBuf::from("/b")));
        assert_eq!(value("OTHER=1\nSSH_AUTH_SOCK=\n"), None);
    }

    #[test]
    fn the_lines_follow_the_runtime_directory() {
        let socket = "${XDG_RUNTIME_DIR}/sshtpm/agent.sock";
        assert_eq!(value(LINES), Some(PathBuf::from(socket)));
    }
}
