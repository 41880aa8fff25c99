//! The D-Bus contract between `sshtpm-broker` and everybody who asks it for something.
//!
//! Purpose: names, wire types, limits, error names and the client proxies, in one place, so that
//! broker, agent and command line cannot disagree. The same contract for people and for other
//! languages is `data/org.sshtpm.Broker1.xml`; a test holds the two together.
//!
//! May touch: nothing; there is no I/O here. Must never hold policy: what a caller may do is
//! decided by the broker alone.

mod error;
mod identity;
mod key_use;
mod keys;
mod limits;
mod lockout;
#[cfg(test)]
mod manual;
mod names;
mod queue;
mod session;
mod tpm;

pub use error::{Error, ErrorKind};
pub use identity::Identity;
pub use key_use::KeyUse;
pub use keys::{KeyInfo, KeyState, KeysProxy, option, purpose};
pub use limits::{
    MAX_CALL_SECONDS, MAX_COMMENT_BYTES, MAX_DESTINATIONS, MAX_HOST_KEY_BYTES,
    MAX_HOST_SIGNATURE_BYTES, MAX_INTERACTIVE_SECONDS, MAX_KEYS_OF_HOST, MAX_NAME_BYTES,
    MAX_NAMESPACES, MAX_PIN_BYTES, MAX_SESSION_ID_BYTES, MAX_SESSIONS, MAX_SIGN_DATA_BYTES,
};
pub use lockout::Lockout;
pub use names::{BUS_NAME, ERROR_PREFIX, HOST_USER, KEYS_INTERFACE, OBJECT_PATH, TPM_INTERFACE};
pub use queue::Queue;
pub use session::{Binding, Destination, HostKey};
pub use tpm::{TpmProxy, TpmState};
