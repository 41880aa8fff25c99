//! OpenSSH's own format, `OPENSSH PRIVATE KEY`.
//!
//! Own reader of the private section, because `ssh-key` 0.6 refuses ECDSA scalars that begin with
//! zeros, one P-521 key in four.
//!
//! Specs: OpenSSH `PROTOCOL.key`.

mod cipher;
mod container;
mod section;
pub(crate) mod writer;

pub(crate) use container::Container;
