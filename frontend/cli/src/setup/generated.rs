//! `SSH_AUTH_SOCK` as environment.d has it, and whether sessions get that.
//!
//! May touch: has systemd's generators run, which read environment.d.
//!
//! Source: systemd-environment-d-generator(8).

use std::path::PathBuf;

use crate::error::Failure;
use crate::person;
use crate::probe::agent_socket::runtime_directory;
use crate::probe::generators;
use crate::probe::login_shell::PROGRAMS;
use crate::probe::ssh_agent::VARIABLE;
use crate::probe::user_manager::given;

/// What the next login will have, as far as systemd decides it.
///
/// # Errors
///
/// There is no systemd that would read environment.d.
pub(crate) async fn generated() -> Result<Option<PathBuf>, Failure> {
    let runtime = runtime_directory();
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

/// What each session has, and not this shell alone: what was seen, if a systemd runs for the user,
/// and what environment.d says.
pub(crate) async fn of_each_session() -> Option<PathBuf> {
    let set = generated().await.ok().flatten()?;
    match given().await {
        Ok(given) => given.filter(|given| *given == set),
        Err(_) => Some(set),
    }
}
