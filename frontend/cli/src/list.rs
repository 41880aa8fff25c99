//! `sshtpm list`: the caller's keys, or another user's.

use std::io::Write;

use jiff::tz::TimeZone;

use super::args::JsonArgs;
use super::error::Failure;
use super::key_json::KeyJson;
use super::key_listing::table;
use super::output::{print, print_json};
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or the list cannot be printed.
pub(crate) async fn run(
    session: &Session,
    owner: Option<&str>,
    format: JsonArgs,
) -> Result<(), Failure> {
    let none = match owner {
        Some(owner) => format!("{owner} has no keys"),
        None => "no keys; make one with `sshtpm keygen`".to_owned(),
    };
    show(session, owner, format, &none).await
}

/// As [`run`], with `none` said where there are no keys.
///
/// # Errors
///
/// As [`run`].
pub(crate) async fn show(
    session: &Session,
    owner: Option<&str>,
    format: JsonArgs,
    none: &str,
) -> Result<(), Failure> {
    let keys = session.list(owner).await?;
    if format.json {
        return print_json(&keys.iter().map(KeyJson::from).collect::<Vec<_>>());
    }
    if keys.is_empty() {
        // Beside the list, not in it; so a closed stderr is no failure of the list either.
        let _ = writeln!(std::io::stderr(), "{none}");
        return Ok(());
    }
    print(&table(&keys, &TimeZone::system()))
}
