//! The agents behind this one: other agents of the user, whose keys are offered beside those of the
//! TPM, and which keep ordinary keys.
//!
//! [`agents`] is what all connections share, [`links`] what one connection has. [`dial`] is how
//! connections are made, [`exchange`] how one agent is asked.
//!
//! May touch: the sockets of agents behind, and OpenSSH's `ssh-agent`, which it starts. Must never
//! decode, keep or log a private key, a passphrase or data to be signed: messages pass through as
//! they are. Must never let an agent behind delay or hide the keys of the TPM.
//!
//! Specs: RFC 9987; OpenSSH `PROTOCOL.agent`.

pub(crate) mod agents;
pub(crate) mod dial;
pub(crate) mod direct;
pub(crate) mod exchange;
#[cfg(test)]
pub(crate) mod fake_agents;
pub(crate) mod host_places;
mod link;
pub(crate) mod links;
pub(crate) mod listed;
pub(crate) mod loop_check;
mod open_ssh;
pub(crate) mod passage;
mod refusals;
mod rest;
mod room;
pub(crate) mod settings;
mod sieve;
mod slot;
mod trouble;
mod whereabouts;
