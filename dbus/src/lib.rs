//! The D-Bus contract between `sshtpm-broker` and everybody who asks it for something.
//!
//! Purpose: names, wire types, limits, error names and the client proxies, in one place, so that
//! broker, agent and command line cannot disagree. The same contract for people and for other
//! languages is `data/org.sshtpm.Broker1.xml`; a test holds the two together.
//!
//! May touch: nothing; there is no I/O here. Must never hold policy: what a caller may do is
//! decided by the broker alone.

pub mod bounded;
mod destination;
mod error;
mod identity;
mod key_info;
mod key_use;
mod keys;
mod lockout;
#[cfg(test)]
mod manual;
mod names;
pub mod option;
mod queue;
mod session;
mod tpm;
mod word;

pub use destination::{Destination, HostKey};
pub use error::{Error, bus_name};
pub use identity::Identity;
pub use key_info::KeyInfo;
pub use key_use::KeyUse;
pub use keys::KeysProxy;
pub use lockout::WireLockout;
pub use names::{BUS_NAME, ERROR_PREFIX, HOST_USER, KEYS_INTERFACE, OBJECT_PATH, TPM_INTERFACE};
pub use queue::Queue;
pub use session::WireBinding;
pub use tpm::TpmProxy;
pub use word::WireWord;
