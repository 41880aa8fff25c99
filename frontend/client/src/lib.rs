//! What the unprivileged programs of sshtpm share: reaching the broker, and asking people for PINs.

mod broker;
pub mod pin;
pub use sshtpm_ssh::text as printable;
pub mod socket;

pub use broker::Broker;
