//! Which keys are to go, and what came of it.

use sshtpm_dbus::KeyInfo;

use crate::args::{DeletionArgs, RmArgs};
use crate::error::Failure;
use crate::prompt;

/// Which keys are to go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meant<'a> {
    /// Their names.
    pub(crate) keys: &'a [String],
    /// Whether they go without a question.
    pub(crate) force: bool,
}

impl<'a> Meant<'a> {
    pub(super) fn of(args: &'a RmArgs) -> Self {
        Self {
            keys: &args.keys,
            force: args.force,
        }
    }

    /// # Errors
    ///
    /// A person has to be asked, and there is no terminal.
    pub(super) fn can_be_confirmed(self, cannot: &str) -> Result<(), Failure> {
        if self.force || prompt::can_ask() {
            return Ok(());
        }
        let why = "there is no terminal to ask for confirmation";
        Err(Failure::new(cannot, why).and_next("Run it in a terminal, or add --force."))
    }
}

impl<'a> From<&'a DeletionArgs> for Meant<'a> {
    fn from(args: &'a DeletionArgs) -> Self {
        Self {
            keys: &args.keys,
            force: args.force,
        }
    }
}

/// What came of a deletion: the keys that are gone, even if a later one could not be deleted.
#[derive(Debug)]
pub(crate) struct Deleted {
    /// The keys that are gone.
    pub(crate) keys: Vec<KeyInfo>,
    /// Whether all went well.
    pub(crate) result: Result<(), Failure>,
}
