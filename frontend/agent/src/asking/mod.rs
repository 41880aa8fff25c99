//! Asks a person for the PIN of a key.
//!
//! [`conversations`] decides which questions are open at a time. [`conversation`] holds one of
//! them, and [`person`] shows the question. [`service`] is the other end of
//! `sshtpm-askpass.socket`.
//!
//! May touch: the terminal, the askpass program, the socket of the askpass service. Must never
//! log or keep a PIN.

pub(crate) mod conversation;
pub(crate) mod conversations;
pub(crate) mod person;
mod reply;
mod rests;
pub(crate) mod service;
mod under_way;
