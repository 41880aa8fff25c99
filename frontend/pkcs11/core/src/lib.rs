//! What the PKCS #11 module of sshtpm does, without the C boundary.
//!
//! [`Module`] is the state of one loaded module: slots, sessions and objects. Each function of the
//! specification is a method of it, on slices and values. Keys are behind the port [`Keys`]; the
//! adapter [`BrokerKeys`] asks `sshtpm-broker` for them. The module shows keys with the purpose
//! `raw` alone.
//!
//! May touch: the system bus and the channel to the broker; the directory with certificates
//! ([`Certificates`]). Must never print anything, start a thread, keep a PIN, or reach the bus
//! before slots are asked for: programs that do not want a key load every module.
//!
//! Specs: PKCS #11 Cryptographic Token Interface Base Specification 2.40 and 3.0 (OASIS).

mod attributes;
mod broker_keys;
mod certificate;
mod certificates;
mod client_name;
mod der_forms;
#[cfg(test)]
mod fake_keys;
#[cfg(test)]
mod fuzz;
mod key;
mod keys;
pub mod limits;
mod mechanism;
mod module;
mod objects;
mod operations;
mod padded;
mod rv;
mod sessions;
mod signing;
mod sigpipe;
mod slots;
mod state;
mod template;

pub use attributes::Attribute;
pub use broker_keys::BrokerKeys;
pub use certificates::Certificates;
pub use key::{Key, PublicHalf};
pub use keys::Keys;
pub use module::{CRYPTOKI_VERSION, Module};
pub use operations::Signed;
pub use rv::Rv;
pub use template::Template;
