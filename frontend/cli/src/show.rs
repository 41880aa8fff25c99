//! `sshtpm show`: a public key as a line for `authorized_keys`, or as a QR code.

use super::args::ShowArgs;
use super::bound;
use super::error::Failure;
use super::key_json::KeyJson;
use super::key_listing::{authorized_keys_line, git_key};
use super::key_selector::KeySelector;
use super::last_use::LastUses;
use super::lockout_note;
use super::output::{self, print, print_json};
use super::qr::{Code, NoCode};
use super::screen::Screen;
use super::sealed;
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, the broker refuses, or the key cannot be printed.
pub(crate) async fn run(session: &Session, args: &ShowArgs) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let key = KeySelector::new(&args.key).find(&keys, None)?;
    let line = authorized_keys_line(key);
    if args.json.json {
        let uses = LastUses::of(session, std::slice::from_ref(key)).await;
        print_json(&KeyJson::new(key, &uses))
    } else if args.git {
        print(&git_key(key))
    } else if args.qr {
        print(&qr_code(&line, Screen::of_stdout())?)
    } else {
        print(&line)?;
        // Beside the line for a file, and not in it.
        if Screen::of_stdout().columns().is_some() {
            if let Some(note) = sealed::note(key).or_else(|| lockout_note::of(key)) {
                output::advise(note);
            }
            if let Some(note) = bound::note(key) {
                output::advise(&note);
            }
        }
        Ok(())
    }
}

fn qr_code(line: &str, screen: Screen) -> Result<String, Failure> {
    let cannot = "cannot show the key as a QR code";
    let code = Code::of(line).map_err(|NoCode::TooLong| {
        Failure::new(
            cannot,
            "the key and its comment are longer than any QR code",
        )
        .and_next("Give the key a shorter comment with `sshtpm comment`.")
    })?;
    match screen.columns() {
        Some(columns) if columns < code.columns() => {
            let needed = code.columns();
            let why = format!("the code is {needed} columns wide, and the terminal has {columns}");
            Err(Failure::new(cannot, why)
                .and_next("Make the terminal wider or its characters smaller, and try again."))
        }
        _ => Ok(code.shown_on(screen)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Screen, qr_code};
    use crate::key_listing::{authorized_keys_line, example_key};

    #[test]
    fn a_terminal_that_is_too_narrow_is_told_how_wide_the_code_is() {
        let line = authorized_keys_line(&example_key());
        assert!(qr_code(&line, Screen::of_width(80)).is_ok());
        assert!(qr_code(&line, Screen::PLAIN).is_ok());
        let told = qr_code(&line, Screen::of_width(40))
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("columns wide, and the terminal has 40\n"),
            "{told}"
        );
        assert!(qr_code(&"x".repeat(3000), Screen::PLAIN).is_err());
    }
}
