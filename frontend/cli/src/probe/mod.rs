//! What this machine is like: ssh, agents, systemd, the bus, the broker and polkit.
//!
//! Purpose: look, so that commands can judge by it; nothing here knows what is right or wrong.
//!
//! May touch: what each file names, to look at it. Must never change anything, have a person asked for
//! a password, or wait without an end.

pub(crate) mod agent;
pub(crate) mod agent_connection;
pub(crate) mod agent_socket;
pub(crate) mod broker;
pub(crate) mod bus;
pub(crate) mod generators;
pub(crate) mod identity_files;
pub(crate) mod keys;
pub(crate) mod lockout;
pub(crate) mod polkit;
pub(crate) mod program;
pub(crate) mod ssh_agent;
pub(crate) mod ssh_settings;
pub(crate) mod systemd;
