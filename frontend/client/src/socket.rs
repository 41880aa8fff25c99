//! Names of the agent's socket, below `XDG_RUNTIME_DIR`.

/// Directory of the socket.
pub const DIRECTORY: &str = "sshtpm";

/// Name of the socket.
pub const FILE: &str = "agent.sock";
