//! How one agent serves.

use crate::behind::settings::Settings;
use crate::notify;
use crate::only::Selection;

/// How one agent serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// The keys in the TPM that it offers; `None` for all.
    pub(crate) only: Option<Selection>,
    /// The agents behind it.
    pub(crate) behind: Settings,
    /// Of what its user is notified.
    pub(crate) notifications: notify::settings::Settings,
}
