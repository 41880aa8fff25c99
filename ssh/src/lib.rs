//! What both sides of the bus read alike: SSH's own formats, parsed once.
//!
//! The broker decides by what it reads in a key, a certificate or a session, and the agent and the
//! command line show it to people. Two parsers would be two opinions, so each format has one, here.
//! Nothing in this crate does I/O or knows of D-Bus or a TPM.
//!
//! Start with [`wire::Reader`], which everything else reads with; then [`identity::Identity`], a
//! key or certificate that a party shows, and [`session::Binding`], what a client says of an SSH
//! session. [`limits`] has the bounds that more than one crate has to name.
//!
//! Specs: RFC 4251 (the wire format), RFC 4253, RFC 5656, RFC 8332 (keys), RFC 9987 (the agent
//! protocol); OpenSSH `PROTOCOL.certkeys` and `PROTOCOL.agent`.

pub mod agent_report;
pub mod algorithm;
pub mod certificate;
pub mod claims;
pub mod derived;
pub mod digest_scheme;
pub mod endorsement;
pub mod error_kind;
pub mod fingerprint;
pub mod frame;
pub mod identity;
mod invisible;
pub mod kept_by;
pub mod key;
pub mod limits;
pub mod measured;
pub mod origin;
pub mod pattern;
pub mod pcr;
pub mod purpose;
pub mod quoted;
pub mod session;
pub mod signature;
pub mod text;
pub mod tpm;
pub mod utc;
pub mod wire;
pub mod word;
pub mod words;
