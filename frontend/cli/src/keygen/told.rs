//! What a person is told of a new key: where its public half is, how to use it, and what to know.

use std::path::Path;

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::text::printable;

use crate::error::Failure;
use crate::output::{self, Output};
use crate::probe::agent_socket;
use crate::probe::ssh_agent::{AgentOfSsh, SshAgent};
use crate::probe::ssh_settings::SshSettings;
use crate::shell_word::shell_word;
use crate::{bound, derived, never_offered, raw, sealed};

pub(super) fn tell(
    output: Output,
    key: &KeyInfo,
    path: &Path,
    settings: Option<SshSettings>,
) -> Result<(), Failure> {
    let agent = settings
        .as_ref()
        .map_or_else(AgentOfSsh::of_environment, AgentOfSsh::read)
        .kind();
    let (path, word) = (printable(&path.display().to_string()), shell_word(path));
    output.notice(&format!(
        "Your public key has been saved in {path}\n\
         The key fingerprint is:\n{} {}\n{}",
        printable(&key.fingerprint),
        printable(&key.comment),
        match raw::how_to_use(key) {
            Some(text) => text.to_owned(),
            None => how_to_use(&word, &agent, agent_socket::own_socket().as_deref()),
        },
    ))?;
    if let Some(note) = sealed::note(key) {
        output.notice(note)?;
    }
    if let Some(note) = derived::note(key) {
        output.notice(&note)?;
    }
    if let Some(note) = bound::note(key) {
        output.notice(&note)?;
    }
    let keys = match raw::is_raw(key) {
        true => &[],
        false => std::slice::from_ref(key),
    };
    let accepted = settings.map(|settings| settings.accepted_user_keys());
    if let Some(found) = accepted.and_then(|accepted| never_offered::look(&accepted, keys)) {
        output::warn(&format!("{}. {}", found.found, found.next));
    }
    Ok(())
}

fn how_to_use(path: &str, agent: &SshAgent, own_socket: Option<&Path>) -> String {
    let command = format!("ssh -i {path} HOST");
    match (agent, own_socket) {
        (SshAgent::Sshtpm(_), _) => format!("Use it with: {command}"),
        (_, Some(socket)) => {
            format!(
                "Use it with: SSH_AUTH_SOCK={} {command}",
                shell_word(socket)
            )
        }
        (_, None) => format!("Use it with: {}; {command}", agent_socket::START_COMMAND),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{SshAgent, how_to_use};

    #[test]
    fn the_hint_names_the_socket_only_where_ssh_would_not_find_it() {
        let own = Path::new("/run/user/1/sshtpm/agent.sock");
        let hint = how_to_use("F", &SshAgent::Sshtpm(PathBuf::from(own)), Some(own));
        assert_eq!(hint, "Use it with: ssh -i F HOST");
        let hint = how_to_use("F", &SshAgent::None, Some(own));
        assert_eq!(
            hint,
            "Use it with: SSH_AUTH_SOCK=/run/user/1/sshtpm/agent.sock ssh -i F HOST"
        );
        let hint = how_to_use("F", &SshAgent::None, None);
        assert!(hint.contains("eval $(sshtpm-agent -s)"), "{hint}");
    }
}
