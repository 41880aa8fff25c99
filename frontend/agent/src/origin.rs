//! Where the requests of a connection come from, as far as the agent knows.

/// Which end of an SSH session sends the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    /// This machine. An SSH client that does not bind its sessions (OpenSSH before 8.9) looks local
    /// even if it forwards.
    #[default]
    Local,
    /// A host to which the agent is forwarded. It gets nothing that a local program would then
    /// lack.
    Forwarded,
}
