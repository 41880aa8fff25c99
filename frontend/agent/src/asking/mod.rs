//! Asking a person for the PIN of a key.
//!
//! May touch: whatever [`person`] may: the terminal, an askpass program, or the socket of the askpass
//! service. Must never log or keep a PIN.

pub(crate) mod conversation;
pub(crate) mod conversations;
pub(crate) mod person;
mod reply;
pub(crate) mod service;
