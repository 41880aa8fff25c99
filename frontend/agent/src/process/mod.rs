//! The agent as a process: its name, its background, the command beside it, the signals that it
//! obeys, and the commands that tell a shell where it is.
//!
//! Specs: ssh-agent(1).

pub(crate) mod background;
pub(crate) mod command;
pub(crate) mod environment;
pub(crate) mod identity;
pub(crate) mod kill;
pub(crate) mod stop;
pub(crate) mod user_signals;
