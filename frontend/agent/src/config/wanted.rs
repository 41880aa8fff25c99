//! What the command line says over the file.

use super::agent_name::AgentName;
use super::written_path::WrittenPath;
use crate::notify;
use crate::only::Selection;

/// Which agent the command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The table of the file that describes it; `None` for the agent at the usual socket.
    pub(crate) name: Option<AgentName>,
    /// The keys that the command line names. They replace those of the file.
    pub(crate) only: Option<Selection>,
    /// The agents behind that the command line names. They replace those of the file.
    pub(crate) behind: Vec<WrittenPath>,
    /// Of what the command line has the user notified, if it says so. It replaces that of the file.
    pub(crate) notifications: Option<notify::settings::Settings>,
    /// Whether the file is left alone.
    pub(crate) no_load: bool,
}
