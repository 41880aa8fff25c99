//! `sshtpm recover`: what is lost after the TPM was cleared or replaced, and what to do about it.
//!
//! Purpose: say which keys are lost, where they were used, which backups bring them back, and which
//! commands remove them from servers. At a terminal, take in the backups, and move the records of
//! keys that stay lost out of the way. With `--derived`, have the TPM derive a key again.
//!
//! May touch: the broker; by way of `import`, the files that a person names. Must never connect to
//! a server: it prints the commands for that.

mod derived;
mod host_keys;
mod json;
mod lost_key;
mod place;
mod plan;
mod walk;

use jiff::tz::TimeZone;

use self::json::PlanJson;
use self::plan::Plan;
use super::args::RecoverArgs;
use super::error::Failure;
use super::output::{Output, print, print_json};
use super::prompt;
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, or the plan cannot be printed, or a step of a person's cannot be done.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &RecoverArgs,
) -> Result<(), Failure> {
    if args.derived.is_some() {
        return derived::again(session, output, &args.new_key()).await;
    }
    let plan = Plan::of(session).await?;
    if args.json.json {
        return print_json(&PlanJson::from(&plan));
    }
    print(&plan.text(&TimeZone::system()))?;
    match prompt::can_ask() {
        true => walk::through(session, output, &plan).await,
        false => Ok(()),
    }
}
