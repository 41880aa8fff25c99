//! A change of git's settings that is there whole, or not at all.
//!
//! Purpose: a step that fails, or a signal, must not leave git with a half of it. If something
//! cannot be taken back, it is named with the commands that do.
//!
//! May touch: what [`Setting`] and [`Signers`](super::signers::Signers) may, and the [`Record`].

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::plan::Plan;
use super::settings::Setting;
use crate::error::Failure;
use crate::setup::record::{Record, SignersLine};
use crate::setup::user_file::Written;
use sshtpm_ssh::text::printable_lines;

/// What is said if a signal takes a change back.
const PUT_BACK: &str = "sshtpm: git's settings were put back as they were";

/// Carries `plan` out, and looks whether it holds.
///
/// # Errors
///
/// Something cannot be written or has no effect; then everything is as it was, or what is not is
/// named.
pub(super) async fn apply(plan: Plan, home: &Path) -> Result<(), Failure> {
    let mut change = Change::noted(&plan, home)?;
    match change.make(plan).await {
        Ok(()) => {
            change.keep();
            Ok(())
        }
        Err(failure) => Err(change.taken_back(failure)),
    }
}

/// A change under way. Dropped before [`Change::keep`], it is taken back.
#[derive(Debug)]
struct Change {
    home: PathBuf,
    /// What was noted before.
    record: Record,
    /// What was set, or may be.
    done: Vec<Setting>,
    signers: Option<Written>,
    is_kept: bool,
}

impl Change {
    /// Notes what `plan` is about, before anything of it is done.
    ///
    /// # Errors
    ///
    /// It cannot be noted.
    fn noted(plan: &Plan, home: &Path) -> Result<Self, Failure> {
        let record = Record::read(home)?;
        let mut with_plan = record.clone();
        for setting in &plan.settings {
            with_plan.note_setting(setting.noted());
        }
        if let Some(signers) = &plan.signers {
            with_plan.note_signers(SignersLine {
                file: signers.file.path().to_owned(),
                line: signers.line.clone(),
            });
        }
        with_plan.write(home)?;
        Ok(Self {
            home: home.to_owned(),
            record,
            done: Vec::new(),
            signers: None,
            is_kept: false,
        })
    }

    /// Does all of it, and looks whether it holds.
    ///
    /// # Errors
    ///
    /// Something cannot be written, or has no effect.
    async fn make(&mut self, plan: Plan) -> Result<(), Failure> {
        self.signers = plan.signers.map(|signers| signers.add()).transpose()?;
        for setting in plan.settings {
            self.done.push(setting.clone());
            setting.set()?;
            has_effect(&setting).await?;
        }
        Ok(())
    }

    /// Leaves it so.
    fn keep(mut self) {
        self.is_kept = true;
        if let Some(signers) = self.signers.take() {
            signers.keep();
        }
    }

    /// Takes it back, for `failure`, which also names what could not be taken back.
    fn taken_back(mut self, failure: Failure) -> Failure {
        match self.take_back() {
            left if left.is_empty() => failure,
            left => failure.and_next(how_to_undo(&left)),
        }
    }

    /// Takes it back, the last setting first; gives the commands for what could not be.
    fn take_back(&mut self) -> Vec<String> {
        self.is_kept = true;
        // Dropped, it takes its line back.
        drop(self.signers.take());
        let done = std::mem::take(&mut self.done);
        let tried = done
            .iter()
            .rev()
            .map(|setting| (setting, setting.take_back()));
        let left = tried.filter(|(setting, result)| result.is_err() && setting.is_made());
        let left: Vec<String> = left.map(|(setting, _)| setting.way_back()).collect();
        if left.is_empty() {
            // What is noted of settings that nobody made does no harm.
            let _ = self.record.write(&self.home);
        }
        left
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let left = self.take_back();
        let text = match left.is_empty() {
            true => PUT_BACK.to_owned(),
            false => format!("sshtpm: git has a part of it. {}", how_to_undo(&left)),
        };
        // If stderr is closed, there is no place left to print to.
        let _ = writeln!(io::stderr(), "{}", printable_lines(&text));
    }
}

fn how_to_undo(left: &[String]) -> String {
    format!(
        "To have git as it was, run `sshtpm setup --undo`, or:\n    {}",
        left.join("\n    ")
    )
}

async fn has_effect(setting: &Setting) -> Result<(), Failure> {
    if setting.holds().await? {
        return Ok(());
    }
    let what = format!("{} has no effect in git's configuration", setting.name);
    let why = "another file that git reads later, or GIT_CONFIG_COUNT, sets it, too";
    let next = format!(
        "`git config --show-origin --get-all {}` names the files.",
        setting.name
    );
    Err(Failure::new(what, why).and_next(next))
}
