//! The decisions of `sshtpm-broker` about the SSH keys in the TPM.
//!
//! The broker is one root process. It owns the TPM and the key store, and answers requests of
//! unprivileged programs over D-Bus. This crate decides, and does nothing else: it has no I/O, no
//! async runtime, no D-Bus, no polkit and no TPM library. It asks for what it needs through the
//! traits in [`ports`] and [`policy::Authority`], which the broker implements. So every decision
//! can be tested without a bus, a chip or a disk.
//!
//! # What is decided
//!
//! - **Whose key it is.** A key belongs to an [`identity::Owner`], a uid with a user name. A key of
//!   another user is answered like one that does not exist.
//! - **Whether polkit allows it.** [`policy`] asks, and gives a [`policy::Permit`] for one request.
//!   What carries a request out takes its permit, so a forgotten check does not compile.
//! - **What comes in.** [`import`] parses keys that were made elsewhere, before a TPM sees them.
//! - **What is signed.** [`signed_data`] parses the data. What it does not understand, or can read
//!   in two ways, is not signed, except by a raw key, which was made for that.
//! - **What the key is for.** [`restrictions`] compares data and SSH [`session`] with what the
//!   owner of the key allowed: purposes, namespaces, destinations, forwarding.
//! - **Whether its owner is there.** [`seat`] holds what logind tells against keys that sign in an
//!   unlocked session alone.
//! - **Whether a PIN may be tried.** [`pins`] remembers PINs, and keeps tries of the TPM's
//!   dictionary-attack lockout for others.
//! - **What is stated of a key.** [`attestation`] claims what the broker knows of a key, and
//!   verifies what the TPM states of it.
//! - **Which keys the TPM keeps.** [`by_use`] chooses them by their use, if the administrator
//!   allows that.
//! - **Whose turn it is.** [`quota`] bounds what one user has under way, and [`queue`] lets users
//!   take turns at the TPM.
//!
//! # The path of a request
//!
//! 1. The bus adapter parses a call, and calls a method of [`service::Service`], for example
//!    [`sign`](service::Service::sign) with what the caller [`Asked`](requests::Asked).
//! 2. The service takes a place for the caller, finds the key, and examines the data.
//! 3. It freezes what will be done as a [request](requests), for example [`requests::Sign`].
//! 4. [`policy::Authority`] is asked about this request, and a [`policy::Permit`] holds it from
//!    then on.
//! 5. The permit goes to a [port](ports), for example [`ports::Tpm::sign`]. A signature is verified
//!    before it leaves.
//! 6. [`uses`] records what was decided. A failure is an [`error::Error`]; its
//!    [`kind`](error::Error::kind) says what the caller can do.
//!
//! # Where to start reading
//!
//! `service/sign.rs` is the longest path and uses most of the rest. [`policy`] is short and
//! explains permits. [`key`] says what is stored.

#![cfg_attr(
    test,
    expect(clippy::disallowed_methods, reason = "tests start clocks of their own")
)]

pub mod adopt;
pub mod algorithm;
pub mod attestation;
pub mod by_use;
pub mod certificates;
pub mod client;
pub mod comment;
pub mod counts;
pub mod derivation;
pub mod endorsement;
pub mod error;
pub mod hourly;
pub mod identity;
pub mod import;
pub mod key;
pub mod measurement;
pub mod orphans;
pub mod persistent;
pub mod pins;
pub mod places;
pub mod plain;
pub mod policy;
pub mod ports;
pub mod queue;
pub mod quota;
pub mod rate;
pub mod requests;
pub mod restrictions;
pub mod sealed_keys;
pub mod seat;
pub mod service;
pub mod session;
pub mod shares;
pub mod signature;
pub mod signed_data;
pub mod tpm_facts;
pub mod uses;
