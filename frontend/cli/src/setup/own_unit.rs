//! Starting the socket of the agent, where the user's systemd could listen there and does not.
//!
//! May touch: runs `systemctl --user`. Must never start what is masked, or anything unasked.

use super::consent::Consent;
use crate::checks::agent::ENABLE_COMMAND;
use crate::error::Failure;
use crate::output::Output;
use crate::probe::own_unit::Stopped;
use crate::probe::user_manager::{OWN_SOCKET, systemctl};
use crate::prompt;

/// Has systemd start it, if it may and the person at the terminal wants that. Returns whether it is
/// started.
///
/// # Errors
///
/// systemd does not start it, or the terminal cannot be used.
pub(super) async fn start(
    stopped: &Stopped,
    output: Output,
    consent: Consent,
) -> Result<bool, Failure> {
    let Some(shown) = shown(stopped) else {
        return Ok(false);
    };
    match consent {
        Consent::Given => output.notice(&shown)?,
        Consent::Ask => {
            if !prompt::confirm(&format!("{shown}\nStart it")).await? {
                return Ok(false);
            }
        }
    }
    for arguments in stopped.arguments() {
        systemctl(&arguments).await.map_err(|error| {
            Failure::new("systemd does not start the socket of the agent", error).and_next(format!(
                "`{ENABLE_COMMAND}`, or log in again. `journalctl --user -u {OWN_SOCKET}` may say \
                 more."
            ))
        })?;
    }
    Ok(true)
}

/// What would be done and why; nothing of what is masked.
fn shown(stopped: &Stopped) -> Option<String> {
    let why = match stopped {
        Stopped::UntilLogin(_) => {
            "sshtpm was installed after you logged in, or it was stopped; a login starts it"
        }
        Stopped::Disabled => "it is disabled, so that no login starts it",
        Stopped::Masked => return None,
    };
    let commands = stopped.commands().join("\n    ");
    Some(format!(
        "Your systemd has not started the socket of the agent: {why}.\n    {commands}"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Stopped, shown};

    #[test]
    fn what_is_masked_is_not_started() {
        assert_eq!(shown(&Stopped::Masked), None);
        let disabled = shown(&Stopped::Disabled).unwrap();
        assert!(
            disabled.contains("\n    systemctl --user enable --now "),
            "{disabled}"
        );
    }
}
