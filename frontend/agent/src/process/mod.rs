//! The agent as a process: its name, how it goes into the background, runs a command, is ended, and
//! tells a shell where it is.
//!
//! Specs: ssh-agent(1).

pub(crate) mod background;
pub(crate) mod command;
pub(crate) mod environment;
pub(crate) mod identity;
pub(crate) mod kill;
pub(crate) mod stop;
