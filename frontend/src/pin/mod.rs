//! PINs, on their way from a person to the broker.
//!
//! Purpose: ask for a PIN where there is somebody to ask, keep it no longer than that takes, and
//! write it to the broker.
//!
//! May touch: the terminal of the process, the program that `SSH_ASKPASS` names, the system bus.
//! Must never put a PIN into a D-Bus message, an argument, a file or a log, and never take anything
//! but an answer for one.
//!
//! Specs: ssh(1), `SSH_ASKPASS` and `SSH_ASKPASS_REQUIRE`; `OpenSecret` in `org.sshtpm.Broker1.xml`.

mod askpass;
mod line;
mod person;
mod refusal;
mod rules;
mod secret;
mod send;
mod terminal;

pub(crate) use askpass::MAX_ANSWER;
pub(crate) use line::{first_line, read_to_end};
pub(crate) use person::{Ask, Person};
pub(crate) use refusal::Refusal;
#[cfg(test)]
pub(crate) use secret::NotAPin;
pub(crate) use secret::Pin;
pub(crate) use send::send;
