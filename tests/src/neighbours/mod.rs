//! A neighbour: another user of the machine who does their worst with all that a user may have.
//!
//! Purpose: scenarios and the bench measure what others notice of it. Each load is in a file of its
//! own. The program `neighbour` runs one as the user that it belongs to, because a process can only
//! be one user; it prints a line for each thing done, so a test sees that there is a load.
//!
//! May touch: the system bus and the user's own agent, inside a private machine. Each load is
//! bounded in connections and in time ([`LONGEST`]), whatever becomes of the test.

pub mod agent_crowd;
pub mod bus_frame;
pub mod comings_and_goings;
pub mod comments;
pub mod costly_lists;
pub mod large_values;
pub mod raw_bus;
pub mod signals;
pub mod threads;
pub mod unknown_owners;
pub mod unread_answers;

use std::io;

pub use threads::{CONNECTIONS, LONGEST};

use crate::load::A_SHARE;
use crate::user::{Running, User};

/// What a neighbour does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Sets a property to a value of many megabytes.
    LargeValues,
    /// Sets a property to very many small values.
    ManyValues,
    /// Lists keys for sessions that take longest to compare.
    CostlyLists,
    /// Calls, and never reads the answers.
    UnreadAnswers,
    /// Connects, calls once and leaves, again and again.
    ComingsAndGoings,
    /// Asks for keys of users that do not exist.
    UnknownOwners,
    /// Renames a key again and again.
    Comments,
    /// Says that polkit's rules have changed.
    ForgedSignals,
    /// Says as often what concerns nobody: what dbus-daemon alone makes of it.
    IdleSignals,
    /// Has their own agent do all that it does.
    AgentCrowd,
}

impl Load {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::LargeValues,
        Self::ManyValues,
        Self::CostlyLists,
        Self::UnreadAnswers,
        Self::ComingsAndGoings,
        Self::UnknownOwners,
        Self::Comments,
        Self::ForgedSignals,
        Self::IdleSignals,
        Self::AgentCrowd,
    ];

    /// Its name on the command line of `neighbour`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LargeValues => "large-values",
            Self::ManyValues => "many-values",
            Self::CostlyLists => "costly-lists",
            Self::UnreadAnswers => "unread-answers",
            Self::ComingsAndGoings => "comings-and-goings",
            Self::UnknownOwners => "unknown-owners",
            Self::Comments => "comments",
            Self::ForgedSignals => "forged-signals",
            Self::IdleSignals => "idle-signals",
            Self::AgentCrowd => "agent-crowd",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::LargeValues => "properties set to 30 MB",
            Self::ManyValues => "properties set to a million values",
            Self::CostlyLists => "lists for 16 costly sessions",
            Self::UnreadAnswers => "answers that are never read",
            Self::ComingsAndGoings => "connections opened and closed",
            Self::UnknownOwners => "look-ups of unknown users",
            Self::Comments => "keys renamed",
            Self::ForgedSignals => "forged signals of polkit",
            Self::IdleSignals => "signals that concern nobody",
            Self::AgentCrowd => "400 requests at the own agent",
        }
    }

    /// Does it, on so many connections, until the process ends. `rest` is what [`start`] gave.
    ///
    /// # Errors
    ///
    /// The bus or the agent cannot be reached.
    pub fn run(self, connections: usize, rest: &[String]) -> io::Result<()> {
        let word = |at: usize| rest.get(at).map_or("", String::as_str);
        match self {
            Self::LargeValues => large_values::run(connections, large_values::Value::Bytes),
            Self::ManyValues => large_values::run(connections, large_values::Value::Variants),
            Self::CostlyLists => costly_lists::run(connections),
            Self::UnreadAnswers => unread_answers::run(connections),
            Self::ComingsAndGoings => comings_and_goings::run(connections),
            Self::UnknownOwners => unknown_owners::run(connections),
            Self::Comments => comments::run(connections, word(0)),
            Self::ForgedSignals => signals::run(connections, signals::POLKIT),
            Self::IdleSignals => signals::run(connections, signals::NOBODY),
            Self::AgentCrowd => agent_crowd::run(connections, word(0), word(1)),
        }
    }
}

impl std::str::FromStr for Load {
    type Err = io::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|load| load.name() == name);
        found.ok_or_else(|| io::Error::other(format!("there is no load {name:?}")))
    }
}

/// Starts `load` as `user`, with [`A_SHARE`] of the processors. `rest` is a fingerprint for
/// [`Load::Comments`], the agent's socket and a public key for [`Load::AgentCrowd`].
pub fn start(user: User<'_>, load: Load, connections: usize, rest: &[&str]) -> Running {
    let command = user.command(&format!(
        "{A_SHARE} neighbour {} {connections}",
        load.name()
    ));
    command.args(rest).start()
}
