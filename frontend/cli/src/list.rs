//! `sshtpm list`: the caller's keys, another user's, or those of users who are gone.

use std::io::Write;

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;

use super::args::{JsonArgs, ListArgs, WideArgs};
use super::completion;
use super::error::Failure;
use super::key_json::KeyJson;
use super::key_listing::{short_table, whole_table};
use super::last_use::LastUses;
use super::orphans;
use super::output::{print, print_json};
use super::screen::Screen;
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or the list cannot be printed.
pub(crate) async fn run(session: &Session, args: &ListArgs) -> Result<(), Failure> {
    if args.names {
        return completion::print_names().await;
    }
    if args.orphans {
        return orphans::list(session, args).await;
    }
    let owner = args.owner.as_deref();
    let none = match owner {
        Some(owner) => format!("{owner} has no keys."),
        None => "You have no keys. Make one with `sshtpm keygen`.".to_owned(),
    };
    let keys = session.list(owner).await?;
    let uses = match owner {
        Some(_) => LastUses::default(),
        None => LastUses::of(session, &keys).await,
    };
    show(&keys, &uses, args.json, args.wide, &none)
}

/// Prints `keys`, or `none` where there are none.
///
/// # Errors
///
/// They cannot be printed.
pub(crate) fn show(
    keys: &[KeyInfo],
    uses: &LastUses,
    format: JsonArgs,
    wide: WideArgs,
    none: &str,
) -> Result<(), Failure> {
    if format.json {
        let json: Vec<_> = keys.iter().map(|key| KeyJson::new(key, uses)).collect();
        return print_json(&json);
    }
    if keys.is_empty() {
        // Beside the list, not in it; so a closed stderr is no failure of the list either.
        let _ = writeln!(std::io::stderr(), "{none}");
        return Ok(());
    }
    let (screen, zone) = (Screen::of_stdout(), TimeZone::system());
    print(&match screen.columns() {
        Some(_) if !wide.wide => short_table(keys, keys, uses, &zone, screen),
        _ => whole_table(keys, uses, &zone, screen.unbounded()),
    })
}
