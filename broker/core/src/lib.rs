//! What the broker decides, without touching anything.
//!
//! Purpose: identity, requests, policy, what is signed and how, and the order of the steps of each
//! operation. May touch: memory. Must never do I/O, name an async runtime, D-Bus, polkit or a
//! TPM library: what it needs from outside comes through the traits in [`ports`], so that every
//! decision can be tested without a bus, a chip or a disk.

#![cfg_attr(
    test,
    expect(clippy::disallowed_methods, reason = "tests start clocks of their own")
)]

pub mod algorithm;
pub mod client;
pub mod comment;
pub mod error;
pub mod error_kind;
pub mod fingerprint;
pub mod hourly;
pub mod identity;
pub mod key;
pub mod persistent;
pub mod pins;
pub mod policy;
pub mod ports;
pub mod queue;
pub mod quota;
pub mod rate;
pub mod requests;
pub mod restrictions;
pub mod service;
pub mod session;
pub mod signature;
pub mod signed_data;
pub mod tpm_facts;
pub mod uses;
