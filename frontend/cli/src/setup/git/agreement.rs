//! What the user agrees to before git is set up, shown line by line.
//!
//! Must never take a `--yes` for the replacement of a setting.

use super::plan::Plan;
use crate::error::Failure;
use crate::output::Output;
use crate::prompt;
use crate::setup::consent::Consent;

/// How the lines of a plan are set apart.
const INDENT: &str = "\n        ";

/// Has the user agree to the plan for the key called `name`.
///
/// # Errors
///
/// The user declines, or something would be replaced and nobody is asked.
pub(super) async fn to_plan(
    output: Output,
    consent: Consent,
    plan: &Plan,
    name: &str,
) -> Result<(), Failure> {
    let replaced = plan.replaced();
    match consent {
        Consent::Given if replaced.is_empty() => {
            let lines = plan.lines().join(INDENT);
            output.notice(&format!("Setting up git:{INDENT}{lines}"))
        }
        Consent::Given => Err(set_otherwise(&replaced)),
        Consent::Ask => match prompt::confirm(&question(plan, &replaced, name)).await? {
            true => Ok(()),
            false => Err(Failure::Declined),
        },
    }
}

fn question(plan: &Plan, replaced: &[String], name: &str) -> String {
    let lines = plan.lines().join(INDENT);
    let replaced = match replaced.is_empty() {
        true => String::new(),
        false => format!("\n    What is replaced:{INDENT}{}", replaced.join(INDENT)),
    };
    format!(
        "git does not sign with your key {name} yet. This changes that:{INDENT}{lines}{replaced}\n\
         Do it"
    )
}

fn set_otherwise(replaced: &[String]) -> Failure {
    let why = format!("it is set up otherwise\n  {}", replaced.join("\n  "));
    let next = "Run `sshtpm setup --git` in a terminal, which asks whether to replace it.";
    Failure::new("git was left as it is", why).and_next(next)
}

/// Whether git is to sign everything: asked only together with the rest, so that a second run does
/// not ask again.
///
/// # Errors
///
/// The terminal cannot be used.
pub(super) async fn to_always(
    output: Output,
    consent: Consent,
    always: &Plan,
    is_new: bool,
) -> Result<bool, Failure> {
    if !is_new || always.is_nothing() {
        return Ok(false);
    }
    let lines = always.lines().join(INDENT);
    match consent {
        Consent::Given => {
            let told = format!("Having git sign every commit and tag:{INDENT}{lines}");
            output.notice(&told)?;
            Ok(true)
        }
        Consent::Ask => {
            let question = format!(
                "git signs what you tell it to (git commit -S, git tag -s). To have it sign every \
                 commit and tag:{INDENT}{lines}\nDo that, too"
            );
            prompt::confirm(&question).await
        }
    }
}
