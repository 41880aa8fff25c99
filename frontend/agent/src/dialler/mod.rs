//! Connections from an agent in a sandbox to the agents behind it.
//!
//! The agent of systemd's user manager sees nothing of the user's files and sockets but its own.
//! The dialler runs outside that sandbox (`sshtpm-agent --dialler`). An agent tells it the number
//! of an agent in `agent.toml`, with a mark of what it read there, and gets a connected socket
//! (`SCM_RIGHTS`). The dialler reads the file itself and takes no path, so an agent that was taken
//! over reaches no other socket. It sees nothing of what is then said.
//!
//! May touch: `agent.toml`, the sockets of the agents in it, OpenSSH's `ssh-agent` as a unit of the
//! user. Must never connect to anything else.
//!
//! Specs: unix(7), `SCM_RIGHTS`; systemd.unit(5).

pub(crate) mod client;
mod handover;
mod mark;
mod order;
pub(crate) mod service;
mod ssh_agent_unit;
