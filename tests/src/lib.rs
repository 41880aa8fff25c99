//! The test house: one fixture for each real component, and the world that puts them together.
//!
//! Purpose: scenarios run the programs as they are shipped against the real dbus-daemon, polkitd,
//! swtpm and OpenSSH, each in a private machine of its own (see `tests/machine`), so that they can
//! run side by side and leave nothing behind.
//!
//! May touch: only what is inside that machine. Must never start anything outside of it, and must
//! never stand in for a component: the one thing played here is the person who answers polkit.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a fixture that cannot do its work fails the test, and says why"
)]

pub mod agent;
pub mod answers;
pub mod argument;
pub mod attested;
pub mod authority;
pub mod bench;
pub mod broker;
pub mod bus;
pub mod call;
pub mod certified;
pub mod channel;
pub mod crowd;
pub mod daemon;
pub mod digest;
pub mod foreign_key;
pub mod guide;
pub mod host;
pub mod load;
pub mod log;
pub mod machine;
pub mod many_keys;
pub mod neighbours;
pub mod other_agent;
pub mod output;
#[cfg(test)]
mod packaging;
#[cfg(test)]
mod packaging_install;
#[cfg(test)]
mod packaging_make_install;
#[cfg(test)]
mod pages;
pub mod persistent;
pub mod pin;
pub mod polkit;
pub mod process_memory;
pub mod sealed;
pub mod signed_data;
pub mod sshd;
mod starter;
#[cfg(test)]
mod structure;
pub mod swtpm;
pub mod tap;
pub mod token;
pub mod use_record;
pub mod user;
pub mod verify;
pub mod wait;
pub mod world;

pub use agent::Agent;
pub use authority::Authority;
pub use call::{Argument, Options, Refusal, Request};
pub use output::Output;
pub use user::User;
pub use world::World;
