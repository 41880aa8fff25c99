//! The way of a PIN from a person to the broker.
//!
//! [`Person`] asks for the PIN, at the terminal, by an askpass program or by a pinentry. [`send()`]
//! writes it to the broker through a pipe. In between it is a [`Pin`], which is wiped from memory
//! when it is dropped.
//!
//! May touch: the terminal of the process, the program that `SSH_ASKPASS` names or one that is
//! installed, the system bus. Must never put a PIN into a D-Bus message, an argument, a file or a
//! log. Must never take the output of a failed program for a PIN.
//!
//! Specs: ssh(1), `SSH_ASKPASS` and `SSH_ASKPASS_REQUIRE`; `ssh-agent.c` of OpenSSH, "Enter PIN";
//! the pinentry manual, "Protocol"; `OpenSecret` in `org.sshtpm.Broker1.xml`.

mod asker;
mod askpass;
mod assuan;
mod line;
mod patience;
mod person;
mod pinentry;
mod refusal;
mod rules;
mod running;
mod secret;
mod send;
mod terminal;

/// How a question for a PIN begins. `key` and which one follow, and `: ` at the end. OpenSSH asks
/// for the PIN of a security key in the same words. By them `ksshaskpass` of Plasma 6 knows that
/// the answer is nothing for KDE's wallet, and does not open the wallet before it asks.
pub const ENTER_PIN: &str = "Enter PIN for SSH ";

pub use line::{first_line, read_to_end};
pub use patience::MAX_ANSWER;
pub use person::{Ask, Person};
pub use refusal::Refusal;
pub use secret::{NotAPin, Pin};
pub use send::send;
