//! What the unprivileged programs of sshtpm share: the connection to the broker, and the way of a
//! PIN from a person to the broker.
//!
//! `sshtpm-broker` runs as root and owns the TPM. `sshtpm-agent` and `sshtpm` run with the
//! identity of a user and call the broker over the system bus. This crate is what both of them
//! need for that:
//!
//! - [`Broker`] is a connection to the broker, with its D-Bus interfaces; [`Bus`] is what finds it.
//! - [`parent_public`] reads the key for which private keys are wrapped.
//! - [`pin`] asks a person for the PIN of a key, at the terminal or by an askpass program, and
//!   writes it to the broker through a pipe.
//! - [`socket`] has the names of the agent's socket.
//!
//! # Example
//!
//! Lists the keys of the caller, and unlocks the first one with its PIN:
//!
//! ```no_run
//! use std::collections::HashMap;
//!
//! use sshtpm_client::Broker;
//! use sshtpm_client::pin::{self, Ask, Person};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = Broker::connect().await?;
//! let keys = broker.keys().list(&HashMap::new()).await?;
//! if let Some(key) = keys.first() {
//!     let pin = Person::of_environment().ask(&"PIN of the key: ".into()).await?;
//!     let secret = pin::send(broker.keys(), &pin).await?;
//!     broker.keys().unlock(&key.fingerprint, secret, &HashMap::new()).await?;
//! }
//! # Ok(())
//! # }
//! ```

mod broker;
mod bus;
mod channel;
mod parent;
pub mod pin;
pub mod socket;

pub use broker::Broker;
pub use bus::Bus;
pub use parent::parent_public;
