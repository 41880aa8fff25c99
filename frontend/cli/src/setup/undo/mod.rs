//! `sshtpm setup --undo`: takes back what setup did.
//!
//! Purpose: afterwards ssh, git and the user's sessions are as they were before setup. If the user
//! has changed something since, that is named and stays. A second run finds nothing to do. It needs
//! no TPM, no broker and no agent.
//!
//! May touch: files with lines that setup added or turned off, by way of
//! [`UserFile`](super::user_file::UserFile); git's configuration, by git; the user's systemd. Must
//! never delete a key, or a line that setup did not write.
//!
//! Exit status: 0 done, or nothing to do; 1 something could not be taken back, or was not.

mod edit;
mod files;
mod found;
mod git;
mod remains;
mod step;
mod turned_off;

use std::path::Path;

use self::found::Found;
use self::step::Step;
use super::consent::Consent;
use super::record::Record;
use crate::error::Failure;
use crate::output::Output;
use crate::{person, prompt};

/// Runs the command; `consent` is nothing if there is nobody to ask.
///
/// # Errors
///
/// Something could not be taken back, or the user was not asked or declined.
pub(super) async fn run(output: Output, consent: Option<Consent>) -> Result<(), Failure> {
    let home = person::home_directory()?;
    let found = look(&home).await?;
    let changed: String = found
        .changed
        .iter()
        .map(|one| format!("\n  - {one}"))
        .collect();
    let changed = match changed.is_empty() {
        true => changed,
        false => format!("\nYou have changed this since, and it stays:{changed}"),
    };
    if found.steps.is_empty() {
        let remains = remains::told().await;
        let told = format!("There is nothing of setup's to take back.{changed}\n{remains}");
        return output.notice(&told);
    }
    let plan: String = found
        .steps
        .iter()
        .map(|step| format!("\n  - {}", step.shown()))
        .collect();
    agree(output, consent, &format!("{plan}{changed}")).await?;
    let failures = take_back(found.steps, &home).await;
    forget_what_is_gone(&home).await?;
    output.notice(&remains::told().await)?;
    told(failures)
}

async fn look(home: &Path) -> Result<Found, Failure> {
    let record = Record::read(home)?;
    let mut found = Found::default();
    for part in [
        git::look(&record).await?,
        files::look(home),
        files::signers(&record),
        turned_off::look(home, &record).await,
    ] {
        found.steps.extend(part.steps);
        found.changed.extend(part.changed);
    }
    Ok(found)
}

async fn agree(output: Output, consent: Option<Consent>, plan: &str) -> Result<(), Failure> {
    match consent {
        Some(Consent::Given) => output.notice(&format!("Taking back what setup did:{plan}")),
        Some(Consent::Ask) => {
            let question = format!("This takes back what setup did:{plan}\nTake it back");
            match prompt::confirm(&question).await? {
                true => Ok(()),
                false => Err(Failure::Declined),
            }
        }
        None => {
            output.notice(&format!("`sshtpm setup --undo` would{plan}"))?;
            let why = "there is no terminal to ask for confirmation";
            Err(Failure::new("nothing was changed", why)
                .and_next("Run it in a terminal, or add --yes."))
        }
    }
}

/// Takes all of it back, as far as it goes.
async fn take_back(steps: Vec<Step>, home: &Path) -> Vec<Failure> {
    let is_of_session = steps.iter().any(Step::is_of_session);
    // Units that are turned on set the variable, after our own has gone.
    let (units, others): (Vec<_>, Vec<_>) = steps.into_iter().partition(Step::is_unit);
    let mut failures = Vec::new();
    for step in others {
        failures.extend(step.take(home).await.err());
    }
    if is_of_session {
        remains::have_systemd_forget().await;
    }
    for step in units {
        failures.extend(step.take(home).await.err());
    }
    failures
}

/// Drops from the record what others have changed, and what was never made. The user was told.
async fn forget_what_is_gone(home: &Path) -> Result<(), Failure> {
    let mut record = Record::read(home)?;
    git::forget(&mut record).await?;
    files::forget(&mut record);
    turned_off::forget(&mut record).await;
    record.write(home)
}

fn told(mut failures: Vec<Failure>) -> Result<(), Failure> {
    let Some(last) = failures.pop() else {
        return Ok(());
    };
    for failure in failures {
        failure.report();
    }
    Err(last)
}
