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
mod patience;
mod person;
mod refusal;
mod rules;
mod secret;
mod send;
mod terminal;

pub use line::{first_line, read_to_end};
pub use patience::MAX_ANSWER;
pub use person::{Ask, Person};
pub use refusal::Refusal;
pub use secret::{NotAPin, Pin};
pub use send::send;
