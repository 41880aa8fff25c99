//! What comes of the lines for `SSH_AUTH_SOCK`, as it was seen.
//!
//! May touch: has the user's systemd read its units again and take the variable; what
//! [`UserManager`] and [`login_shell`] may.

use std::path::Path;

use super::generated::generated;
use super::way::Standing;
use super::{drop_in, login_shell};
use crate::probe::agent;
use crate::probe::agent_socket::standard_socket;
use crate::probe::ssh_agent::{AgentOfSsh, VARIABLE};
use crate::probe::user_manager::{UserManager, given, systemctl};
use crate::shell_word::shell_word;

/// Whether the lines have an effect; what to tell, or why not.
///
/// # Errors
///
/// They have none.
pub(crate) async fn verify() -> Result<Standing, String> {
    let set = generated().await.map_err(|failure| failure.to_string())?;
    if !agent::is_named(set.as_deref()).await {
        return Err("systemd does not read them, or overrides them".to_owned());
    }
    let (socket, shell) = (standard_socket(), login_shell::see().await?);
    if given().await.is_err() {
        return Ok(unseen(&socket, &shell));
    }
    take_over(&socket).await?;
    Ok(seen(&socket, &shell).await)
}

/// Has the user's systemd take the drop-in and the variable, and looks at what comes of it.
async fn take_over(socket: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("your systemd does not take them: {error}");
    systemctl(&["daemon-reload"]).await.map_err(failed)?;
    let manager = UserManager::ask().await.map_err(failed)?;
    if !drop_in::missing(&manager).is_empty() {
        return Err("your systemd does not read the drop-in, or overrides it".to_owned());
    }
    let set = format!("{VARIABLE}={}", socket.display());
    systemctl(&["set-environment", &set])
        .await
        .map_err(failed)?;
    if agent::is_named(given().await.map_err(failed)?.as_deref()).await {
        return Ok(());
    }
    let before = manager.given.map(|value| value.display().to_string());
    let back = match before {
        Some(value) => systemctl(&["set-environment", &format!("{VARIABLE}={value}")]).await,
        None => systemctl(&["unset-environment", VARIABLE]).await,
    };
    back.map_err(failed)?;
    Err("what your systemd starts has another value".to_owned())
}

/// Has the user's systemd forget what was removed again.
pub(crate) async fn take_back() {
    // Without systemd there is nothing to forget.
    let _ = systemctl(&["daemon-reload"]).await;
}

/// What was seen in a unit of systemd's and in a login shell. This shell may be older.
pub(super) async fn seen(socket: &Path, shell: &str) -> Standing {
    let path = socket.display();
    let told = format!(
        "A program that systemd started just now asks your agent, at {path}.\n\
         systemd sets this again at each login, after the sockets of other agents.\n\
         {shell}"
    );
    if agent::is_named(AgentOfSsh::of_environment().socket.as_deref()).await {
        return Standing::now(told);
    }
    Standing::next_login(format!(
        "{told}\n\
         Programs that run already, such as your desktop and this shell, do so after you log in\n\
         again. Until then, in a shell: {}",
        export(socket)
    ))
}

/// What could not be seen.
pub(super) fn unseen(socket: &Path, shell: &str) -> Standing {
    Standing::next_login(format!(
        "From the next login on, what systemd starts for you, such as a desktop, should ask your\n\
         agent. This could not be tried, because no systemd runs for you now.\n\
         {shell}\n\
         Until then, in a shell: {}",
        export(socket)
    ))
}

/// The command that sets the variable in a shell.
pub(super) fn export(socket: &Path) -> String {
    format!("export {VARIABLE}={}", shell_word(socket))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{export, unseen};

    #[test]
    fn what_is_to_be_pasted_names_an_odd_directory_in_quotes() {
        let socket = Path::new("/run/o'neill $x/sshtpm/agent.sock");
        let wanted = r#"export SSH_AUTH_SOCK="/run/o'neill "'$x/sshtpm/agent.sock'"#;
        assert_eq!(export(socket), wanted);
        assert!(unseen(socket, "").told.ends_with(wanted));
    }
}
