//! The agent protocol: turns the bytes of one message into the bytes of its answer.
//!
//! May touch: the port [`Keys`](crate::keys::Keys), and [`behind`](crate::behind), to which it
//! passes messages on. Must never do I/O itself, trust a length in a message, or decode a message
//! that it refuses or passes on, because such messages carry private keys and passphrases.
//!
//! Specs: RFC 9987; OpenSSH `PROTOCOL.agent`.

pub(super) mod client;
mod dispatch;
mod extension;
pub(super) mod hidden;
mod holder;
mod key_blob;
pub(super) mod lock;
mod offer;
mod passed;
mod query;
mod refusal;
mod remove_all;
mod remove_identity;
mod reply;
mod report;
mod request_identities;
mod session_bind;
mod sign_request;
mod unlock;
mod verifier;

#[cfg(test)]
pub(super) mod fake_bindings;
#[cfg(test)]
pub(super) mod fake_keys;
#[cfg(test)]
mod fuzz;

pub(super) use dispatch::answer;
pub(super) use key_blob::host_fingerprint;
pub(super) use remove_all::remove_all_without_a_client;
pub(super) use session_bind::Bindings;
pub(super) use verifier::Verifier;
