//! `sshtpm` without a command: the keys, what is wrong, and what to do next, on one screen.
//!
//! Must never fail, ask for a password, or take longer than [`MAX_WAIT`].

use std::time::Duration;

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::text::printable;
use tokio::time::{Instant, timeout_at};

use super::checks::finding::Checked;
use super::checks::{AGENT, Chain, Extent};
use super::error::Failure;
use super::key_listing::short_table;
use super::key_state::is_lost;
use super::last_use::LastUses;
use super::output::{Output, print};
use super::probe::keys::Keys;
use super::screen::{Screen, Tone};
use super::width::{filled, wrapped};

/// How long everything may take; what has not answered by then is said to be late.
const MAX_WAIT: Duration = Duration::from_secs(3);

/// Most keys that are shown; the screen is short.
const MAX_KEYS: usize = 8;

/// Columns where the screen does not say how many it has.
const USUAL_COLUMNS: usize = 80;

/// Space before a list.
const INDENT: &str = "  ";

/// Runs the command.
///
/// # Errors
///
/// The screen cannot be printed.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let deadline = Instant::now() + MAX_WAIT;
    let looked = output
        .busy("Looking at keys, broker and TPM", Looked::until(deadline))
        .await;
    print(&looked.shown_on(Screen::of_stdout(), &TimeZone::system()))
}

/// What was found in time.
#[derive(Debug, Default)]
struct Looked {
    keys: Option<Keys>,
    wrong: Option<Vec<Checked>>,
}

impl Looked {
    async fn until(deadline: Instant) -> Self {
        let Ok(chain) = timeout_at(deadline, Chain::ask()).await else {
            return Self::default();
        };
        let checks = timeout_at(deadline, chain.all(Extent::Quick)).await.ok();
        let wrong = checks.map(|checks| checks.into_iter().filter(Checked::wants_attention));
        Self {
            keys: Some(chain.keys().clone()),
            wrong: wrong.map(Iterator::collect),
        }
    }

    fn shown_on(&self, screen: Screen, zone: &TimeZone) -> String {
        let parts = [
            self.keys_shown(screen, zone),
            self.state(screen),
            self.next(),
        ];
        parts.join("\n\n")
    }

    fn keys_shown(&self, screen: Screen, zone: &TimeZone) -> String {
        match &self.keys {
            None => "The broker has not said which keys you have.".to_owned(),
            Some(Err(_)) => "Your keys cannot be listed.".to_owned(),
            Some(Ok(keys)) if keys.is_empty() => "You have no keys in the TPM.".to_owned(),
            Some(Ok(keys)) => listed(keys, screen, zone),
        }
    }

    fn state(&self, screen: Screen) -> String {
        match self.wrong.as_deref() {
            None => format!(
                "Not everything between ssh and the TPM answered within {} seconds.",
                MAX_WAIT.as_secs()
            ),
            Some([]) => "Everything between ssh and the TPM works.".to_owned(),
            Some(wrong) => {
                let lines = wrong.iter().flat_map(|checked| told(checked, screen));
                let lines = std::iter::once("Not in order:".to_owned()).chain(lines);
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    fn next(&self) -> String {
        let commands = self.commands();
        let column = commands.iter().map(|(command, _)| command.len()).max();
        let lines = commands.iter().map(|(command, what)| {
            let command = filled(command, column.unwrap_or_default());
            format!("{INDENT}{command}{INDENT}{what}")
        });
        let lines = std::iter::once("Next:".to_owned()).chain(lines);
        lines.collect::<Vec<_>>().join("\n")
    }

    fn commands(&self) -> [(&'static str, &'static str); 2] {
        const DOCTOR: (&str, &str) = ("sshtpm doctor", "says what to do about each fault");
        const SETUP: (&str, &str) = ("sshtpm setup", "makes a key, and has ssh use it");
        const HELP: (&str, &str) = ("sshtpm --help", "lists all commands");
        const RECOVER: (&str, &str) = ("sshtpm recover", "says what to do about lost keys");
        let is_in_order = self.wrong.as_deref().is_some_and(<[Checked]>::is_empty);
        match &self.keys {
            Some(Ok(keys)) if keys.is_empty() => [SETUP, HELP],
            Some(Ok(keys)) if keys.iter().any(is_lost) => [RECOVER, DOCTOR],
            Some(Ok(_)) if is_in_order => [
                ("sshtpm show KEY", "prints a public key for a server"),
                HELP,
            ],
            Some(Ok(_)) if self.is_without_agent() => [
                ("sshtpm setup", "starts your agent, and has ssh use it"),
                DOCTOR,
            ],
            Some(Ok(_)) => [DOCTOR, ("sshtpm setup", "has ssh use your keys")],
            Some(Err(_)) | None => [DOCTOR, HELP],
        }
    }

    fn is_without_agent(&self) -> bool {
        let mut wrong = self.wrong.iter().flatten();
        wrong.any(|checked| checked.name == AGENT && checked.failed())
    }
}

fn listed(keys: &[KeyInfo], screen: Screen, zone: &TimeZone) -> String {
    let newest = keys.len().saturating_sub(MAX_KEYS);
    let shown = keys.get(newest..).unwrap_or_default();
    let table = short_table(shown, keys, &LastUses::default(), zone, screen);
    match newest {
        0 => format!("Your keys:\n{table}"),
        more => format!("Your newest keys:\n{table}\n`sshtpm list` shows {more} more."),
    }
}

/// What was found, without what to do: `sshtpm doctor` says that.
fn told(checked: &Checked, screen: Screen) -> Vec<String> {
    let columns = screen.columns().unwrap_or(USUAL_COLUMNS);
    let name = format!("{}: ", checked.name);
    let text = format!("{name}{}", printable(checked.finding.found()));
    let lines = wrapped(&text, columns.saturating_sub(2 * INDENT.len()));
    let tone = match checked.failed() {
        true => Tone::Bad,
        false => Tone::Attention,
    };
    let mut lines = lines.into_iter();
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix(&name).unwrap_or(&first);
    let first = format!("{INDENT}{}{first}", screen.paint(tone, &name));
    let further = lines.map(|line| format!("{INDENT}{INDENT}{line}"));
    std::iter::once(first).chain(further).collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{Checked, KeyInfo, Keys, Looked, MAX_KEYS, Screen};
    use crate::checks::finding::Finding;
    use crate::key_listing::example_key;
    use crate::probe::keys::Unlisted;
    use crate::width::width;

    fn shown(keys: Option<Keys>, wrong: Option<Vec<Checked>>) -> String {
        let text = Looked { keys, wrong }.shown_on(Screen::of_width(80), &TimeZone::UTC);
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        text
    }

    #[test]
    fn a_user_in_order_sees_the_keys_and_two_commands() {
        let text = shown(Some(Ok(vec![example_key()])), Some(Vec::new()));
        assert!(text.starts_with("Your keys:\nFINGERPRINT "), "{text}");
        assert!(
            text.contains("\nEverything between ssh and the TPM works.\n"),
            "{text}"
        );
        assert!(text.contains("\n  sshtpm show KEY  "), "{text}");
        assert_eq!(text.matches("\n  sshtpm ").count(), 2, "{text}");
    }

    #[test]
    fn a_user_with_a_lost_key_is_led_to_recover() {
        let lost = KeyInfo {
            state: sshtpm_dbus::WireWord(sshtpm_ssh::tpm::KeyState::Lost),
            ..example_key()
        };
        let wrong = Checked::new("keys", Finding::fail("1 of 1 key is lost", "Do this."));
        let text = shown(Some(Ok(vec![lost])), Some(vec![wrong]));
        assert!(text.contains("\n  sshtpm recover  "), "{text}");
    }

    #[test]
    fn a_new_user_is_led_to_setup() {
        let text = shown(Some(Ok(Vec::new())), Some(Vec::new()));
        assert!(text.starts_with("You have no keys in the TPM.\n"), "{text}");
        assert!(text.contains("\n  sshtpm setup "), "{text}");
    }

    #[test]
    fn what_is_wrong_is_told_in_lines_that_fit() {
        let found = "a reason of many words ".repeat(20);
        let wrong = vec![Checked::new("broker", Finding::fail(found, "do"))];
        let text = shown(Some(Err(Unlisted::NoBroker)), Some(wrong));
        assert!(
            text.contains("\nNot in order:\n  broker: a reason of"),
            "{text}"
        );
        assert!(text.contains("\n  sshtpm doctor  "), "{text}");
    }

    #[test]
    fn a_user_without_an_agent_is_led_to_the_command_that_starts_it() {
        let wrong = vec![Checked::new("agent", Finding::fail("there is none", "do"))];
        let text = shown(Some(Ok(vec![example_key()])), Some(wrong));
        assert!(
            text.contains("\nNext:\n  sshtpm setup   starts your agent"),
            "{text}"
        );
    }

    #[test]
    fn what_does_not_answer_in_time_is_said_to_be_late() {
        let text = shown(None, None);
        assert!(text.contains("answered within 3 seconds."), "{text}");
        assert!(text.contains("\n  sshtpm doctor  "), "{text}");
    }

    #[test]
    fn many_keys_leave_room_on_the_screen() {
        let key = |number: usize| KeyInfo {
            fingerprint: format!("SHA256:{number:02}{}", "x".repeat(41)),
            ..example_key()
        };
        let keys = (0..MAX_KEYS + 3).map(key).collect();
        let text = shown(Some(Ok(keys)), Some(Vec::new()));
        assert!(text.contains("\n`sshtpm list` shows 3 more.\n"), "{text}");
        assert!(text.lines().count() < 24, "{text}");
    }
}
