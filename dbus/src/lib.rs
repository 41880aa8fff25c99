//! The D-Bus contract between `sshtpm-broker` and everybody who asks it for something.
//!
//! Purpose: names, wire types, limits, error names and the client proxies, in one place, so that
//! broker, agent and command line cannot disagree. The same contract for people and for other
//! languages is `data/org.sshtpm.Broker1.xml`; a test holds the two together.
//!
//! May touch: nothing; there is no I/O here. Must never hold policy: what a caller may do is
//! decided by the broker alone.

mod error;
mod keys;
mod limits;
mod lockout;
#[cfg(test)]
mod manual;
mod names;
mod tpm;

pub use error::{Error, ErrorKind};
pub use keys::{KeyInfo, KeyState, KeysProxy, option};
pub use limits::{
    MAX_CALL_SECONDS, MAX_COMMENT_BYTES, MAX_INTERACTIVE_SECONDS, MAX_SIGN_DATA_BYTES,
};
pub use lockout::Lockout;
pub use names::{BUS_NAME, ERROR_PREFIX, HOST_USER, KEYS_INTERFACE, OBJECT_PATH, TPM_INTERFACE};
pub use tpm::{TpmProxy, TpmState};
