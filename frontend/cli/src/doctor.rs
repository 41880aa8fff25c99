//! `sshtpm doctor`: everything between ssh and the TPM, one line for each link of the chain.
//!
//! Exit status: 0 nothing failed, 1 a check failed.

use std::process::ExitCode;

use serde::Serialize;

use super::args::DoctorArgs;
use super::checks::finding::{Checked, CheckedJson};
use super::checks::{Chain, Extent};
use super::error::Failure;
use super::login;
use super::output::{Output, print, print_json};
use super::restrictions::place::Place;
use super::screen::Screen;

/// What `--json` prints. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Version of the command line.
    version: &'static str,
    /// The host that was named; `null` if none was.
    host: Option<&'a str>,
    /// Whether nothing failed.
    ok: bool,
    /// All checks, from the chip to ssh.
    checks: Vec<CheckedJson<'a>>,
}

/// Runs the command.
///
/// # Errors
///
/// The host is not one, or what was found cannot be printed.
pub(crate) async fn run(output: Output, args: DoctorArgs) -> Result<ExitCode, Failure> {
    let place = args.host.as_deref().map(Place::parse).transpose()?;
    let extent = place.as_ref().map_or(Extent::AnyHost, Extent::Host);
    let looking = async {
        let chain = Chain::ask().await;
        let checks = chain.all(extent).await;
        (chain, checks)
    };
    let (chain, mut checks) = output
        .busy("Checking everything between ssh and the TPM", looking)
        .await;
    // Nothing turns here: the agent may ask for a PIN at this terminal.
    if let (Some(place), true) = (&place, args.connect) {
        checks.push(login::check(place, &chain).await);
    }
    let failed = checks.iter().any(Checked::failed);
    if args.json.json {
        print_json(&Report {
            version: env!("CARGO_PKG_VERSION"),
            host: args.host.as_deref(),
            ok: !failed,
            checks: checks.iter().map(CheckedJson::from).collect(),
        })?;
    } else {
        let screen = Screen::of_stdout();
        let lines: Vec<String> = checks.iter().map(|one| one.shown_on(screen)).collect();
        print(&lines.join("\n"))?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}
