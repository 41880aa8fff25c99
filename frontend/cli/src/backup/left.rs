//! What is there if the command ends between the backup and the TPM.

use super::plan::Plan;
use crate::output::advise;

/// Backups of a key of which it is not known yet whether the TPM has it. Says so if it is dropped,
/// by a failure or a signal.
pub(super) struct Left<'a>(Option<&'a Plan>);

impl<'a> Left<'a> {
    /// The backups of `plan` are written.
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self(Some(plan))
    }

    /// The TPM has the key, too.
    pub(super) fn are_two(mut self) {
        self.0 = None;
    }
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        if let Some(plan) = self.0 {
            advise(&said(plan));
        }
    }
}

fn said(plan: &Plan) -> String {
    format!(
        "The key is in the backup: {}. `sshtpm list` says whether the TPM has it, too.\nIf not, \
         `{}` has it imported. If you do not want the key, delete the backup.",
        plan.names(),
        plan.import_command()
    )
}
