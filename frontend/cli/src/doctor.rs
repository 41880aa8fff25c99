//! `sshtpm doctor`: everything between ssh and the TPM, one line for each link of the chain.
//!
//! Exit status: 0 nothing failed, 1 a check failed.

use std::process::ExitCode;

use serde::Serialize;

use super::args::JsonArgs;
use super::checks::Chain;
use super::checks::finding::{Checked, CheckedJson};
use super::error::Failure;
use super::output::{print, print_json};
use super::screen::Screen;
use super::spinner::Spinner;

/// What `--json` prints. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Version of the command line.
    version: &'static str,
    /// Whether nothing failed.
    ok: bool,
    /// All checks, from the chip to ssh.
    checks: Vec<CheckedJson<'a>>,
}

/// Runs the command.
///
/// # Errors
///
/// What was found cannot be printed.
pub(crate) async fn run(format: JsonArgs) -> Result<ExitCode, Failure> {
    let looking = async { Chain::ask().await.all().await };
    let checks = Spinner::during("Checking everything between ssh and the TPM", looking).await;
    let failed = checks.iter().any(Checked::failed);
    if format.json {
        print_json(&Report {
            version: env!("CARGO_PKG_VERSION"),
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
