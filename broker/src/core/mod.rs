//! What the broker decides, without touching anything.
//!
//! Purpose: identity, requests, policy, what is signed and how, and the order of the steps of each
//! operation. May touch: memory. Must never do I/O, name an async runtime, D-Bus, polkit or a
//! TPM library: what it needs from outside comes through the traits in [`ports`], so that every
//! decision can be tested without a bus, a chip or a disk.

pub(crate) mod algorithm;
pub(crate) mod client;
pub(crate) mod comment;
pub(crate) mod error;
pub(crate) mod fingerprint;
pub(crate) mod hourly;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod persistent;
pub(crate) mod pins;
pub(crate) mod policy;
pub(crate) mod ports;
pub(crate) mod queue;
pub(crate) mod quota;
pub(crate) mod rate;
pub(crate) mod restrictions;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod signature;
pub(crate) mod signed_data;
pub(crate) mod uses;
