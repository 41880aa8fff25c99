//! The D-Bus contract between `sshtpm-broker` and its clients.
//!
//! Names, wire types, errors and client proxies are in one place, so broker, agent and command line
//! cannot disagree. A client starts with [`KeysProxy`], which generates keys and signs, and
//! [`TpmProxy`], which tells what the TPM is; `examples/sign.rs` is a whole client in twenty lines.
//! [`option`] has the names of the options that the methods take, and an [`Error`] has a kind that
//! says what the caller can do about it.
//!
//! The types that both sides of the bus share are those of `sshtpm_ssh`. This crate wraps them for
//! the wire ([`WireBinding`], [`WireWord`], [`WireLockout`]), and checks every length while it
//! decodes ([`bounded`]). For people and other languages the same contract is
//! `data/org.sshtpm.Broker1.xml`; tests hold the two together.
//!
//! This crate does no I/O and holds no policy: the broker alone decides what a caller may do.

mod attestation;
pub mod bounded;
mod channels;
mod destination;
mod error;
#[cfg(test)]
mod fuzz;
mod identity;
mod key_info;
mod key_use;
mod keys;
mod lockout;
mod machine_identity;
#[cfg(test)]
mod manual;
mod names;
pub mod option;
mod orphan_info;
mod queue;
mod session;
mod tpm;
mod word;

pub use attestation::{Attestation, AttestationProxy};
pub use channels::ChannelsProxy;
pub use destination::{Destination, HostKey};
pub use error::{Error, bus_name};
pub use identity::Identity;
pub use key_info::KeyInfo;
pub use key_use::KeyUse;
pub use keys::KeysProxy;
pub use lockout::WireLockout;
pub use machine_identity::{CertificateBytes, EndorsementKey, MachineIdentity};
pub use names::{
    ATTESTATION_INTERFACE, BUS_NAME, CHANNELS_INTERFACE, ERROR_PREFIX, HOST_USER, KEYS_INTERFACE,
    OBJECT_PATH, TPM_INTERFACE,
};
pub use orphan_info::OrphanInfo;
pub use queue::Queue;
pub use session::WireBinding;
pub use tpm::TpmProxy;
pub use word::WireWord;
