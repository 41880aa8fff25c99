//! What this machine is like: ssh, agents, systemd, the bus, the broker and polkit.
//!
//! Purpose: look, so that commands can judge. This module does not know what is right or wrong.
//!
//! May touch: what each file names, to look at it. Must never change anything, cause a password
//! prompt or request a signature. Every wait has an end.

pub(crate) mod agent;
pub(crate) mod agent_config;
pub(crate) mod agent_connection;
pub(crate) mod agent_report;
pub(crate) mod agent_socket;
pub(crate) mod broker;
pub(crate) mod bus;
pub(crate) mod forwarded_agent;
pub(crate) mod generators;
pub(crate) mod identity;
pub(crate) mod identity_files;
pub(crate) mod keys;
pub(crate) mod lockout;
pub(crate) mod login_shell;
pub(crate) mod notifications;
pub(crate) mod own_unit;
pub(crate) mod polkit;
pub(crate) mod polkit_agents;
pub(crate) mod program;
pub(crate) mod ssh_agent;
pub(crate) mod ssh_settings;
pub(crate) mod start_files;
pub(crate) mod systemd;
pub(crate) mod user_manager;
pub(crate) mod uses;
