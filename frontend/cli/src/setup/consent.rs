//! How the user agrees to what setup changes.

use crate::prompt;

/// How the user agrees to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// The command line does.
    Given,
    /// The person at the terminal is asked.
    Ask,
}

impl Consent {
    /// By `--yes`, or by a person; `None` if there is nobody to ask.
    pub(super) fn by(yes: bool) -> Option<Self> {
        match yes {
            true => Some(Self::Given),
            false => prompt::can_ask().then_some(Self::Ask),
        }
    }
}
