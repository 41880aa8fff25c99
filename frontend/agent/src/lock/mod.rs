//! The lock of the agent (`ssh-add -x`). A locked agent shows no key and uses none.
//!
//! This lock belongs to one agent. The broker has another lock for each key with a PIN.
//!
//! Specs: RFC 9987, "Locking and Unlocking an Agent".

mod agent_lock;
mod passphrase;

pub(crate) use agent_lock::AgentLock;
pub(crate) use passphrase::Passphrase;
