//! Where the requests of a connection come from, as far as it is known.

/// On which side of an SSH session the program sits that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    /// Here, unless the SSH client is one that does not say (OpenSSH before 8.9).
    #[default]
    Local,
    /// On a host to which the agent is forwarded; what it gets is taken from no local program.
    Forwarded,
}
