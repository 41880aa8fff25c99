//! `sshtpm cert`: certificates that the broker keeps with keys, and the agent offers.
//!
//! May touch: the broker; files that are named, and `~/.ssh/*-cert.pub`, for reading.

mod add;
pub(crate) mod file;
pub(crate) mod in_home;
mod list;
mod rm;

use super::args::{CertArgs, CertCommand};
use super::error::Failure;
use super::output::Output;
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// Those of the subcommands.
pub(crate) async fn run(session: &Session, output: Output, args: CertArgs) -> Result<(), Failure> {
    match args.command {
        CertCommand::Add(args) => add::run(session, output, &args).await,
        CertCommand::List(args) => list::run(session, &args).await,
        CertCommand::Rm(args) => rm::run(session, output, &args).await,
    }
}
