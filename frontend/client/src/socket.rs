//! The names of the agent's socket, which is `$XDG_RUNTIME_DIR/sshtpm/agent.sock`.

/// The directory of the socket, below `XDG_RUNTIME_DIR`.
pub const DIRECTORY: &str = "sshtpm";

/// The name of the socket in that directory.
pub const FILE: &str = "agent.sock";
