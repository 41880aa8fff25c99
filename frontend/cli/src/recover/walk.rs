//! What a person at the terminal can do at once: take in backups, and archive what stays lost.

use std::path::PathBuf;

use sshtpm_ssh::words::Words;

use super::lost_key::{LostKey, WayBack};
use super::plan::Plan;
use crate::args::{ImportArgs, NewPinArgs, PcrArgs, RmArgs};
use crate::error::Failure;
use crate::key_selector::in_question;
use crate::key_state::is_lost;
use crate::output::Output;
use crate::session::Session;
use crate::{import, prompt, rm};

/// Tries at the file of one key.
const MAX_TRIES: usize = 3;

/// Asks for each file that brings a key back, and then whether to archive what stays lost.
///
/// # Errors
///
/// The terminal cannot be asked, or the records cannot be archived.
pub(super) async fn through(session: &Session, output: Output, plan: &Plan) -> Result<(), Failure> {
    for lost in &plan.lost {
        if lost.way_back() != WayBack::None {
            bring_back(session, output, lost).await?;
        }
    }
    let still_lost = match plan.lost.is_empty() {
        true => Vec::new(),
        false => session.list(None).await?,
    };
    if !still_lost.iter().any(is_lost) {
        return Ok(());
    }
    match rm::run(session, output, &all_lost()).await {
        // The plan is printed, and says how to do it later.
        Err(Failure::Declined) => Ok(()),
        result => result,
    }
}

/// What archives all lost keys.
fn all_lost() -> RmArgs {
    RmArgs {
        lost: true,
        keep_file: true,
        ..RmArgs::default()
    }
}

/// What imports `file`, which stays a backup, in the place of `lost`.
fn backup(file: PathBuf, lost: &LostKey) -> ImportArgs {
    ImportArgs {
        file: Some(file),
        keep_file: true,
        pin: NewPinArgs {
            pin: lost.key.pin,
            ..NewPinArgs::default()
        },
        // Bound as it was, to the values of now.
        pcrs: PcrArgs {
            pcrs: lost.key.pcrs.parse().ok(),
        },
        ..ImportArgs::default()
    }
}

/// A file that does not do is asked for again.
async fn bring_back(session: &Session, output: Output, lost: &LostKey) -> Result<(), Failure> {
    let question = Words::from("File with the ")
        .and(in_question(&lost.key))
        .and(" (nothing if there is none)");
    for _ in 0..MAX_TRIES {
        let Some(file) = prompt::line(question.as_str()).await? else {
            return Ok(());
        };
        let args = backup(PathBuf::from(file), lost);
        match import::run(session, output, &args).await {
            Ok(()) => return Ok(()),
            Err(failure @ Failure::Interrupted(_)) => return Err(failure),
            Err(failure) => drop(failure.report()),
        }
    }
    Ok(())
}
