//! The unprivileged side of sshtpm: the programs `sshtpm-agent` and `sshtpm`.
//!
//! Purpose: translate what people and OpenSSH say into calls of `sshtpm-broker`. Neither program
//! holds key material, and neither decides anything: a user who replaces them gains nothing.

pub mod agent;
pub mod broker;
pub mod cli;
pub(crate) mod pin;
pub(crate) mod printable;
