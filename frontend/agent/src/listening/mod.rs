//! The socket on which the agent listens: where it is, how it is made and removed, and how systemd
//! hands one over.
//!
//! May touch: the path of the socket and its directory.

pub(crate) mod activation;
pub(crate) mod address;
pub(crate) mod clean_up;
pub(crate) mod own_directory;
pub(crate) mod place;
pub(crate) mod socket;
