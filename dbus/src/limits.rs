//! Bounds that both sides of the bus know.

/// Largest data to be signed, in bytes: what fits into one message of OpenSSH's agent protocol
/// (`AGENT_MAX_LEN` in `authfd.c`: 256 KiB).
pub const MAX_SIGN_DATA_BYTES: usize = 256 * 1024;

/// Largest comment of a key, in bytes of UTF-8: a line of `authorized_keys` stays readable.
pub const MAX_COMMENT_BYTES: usize = 256;

/// How long a client waits for an answer that needs nobody's password, in seconds. RSA-4096
/// generation takes up to half a minute on slow chips, and may have to wait for another one.
pub const MAX_CALL_SECONDS: u64 = 150;

/// How long a client waits for an answer for which somebody may be asked for a password, in
/// seconds: the broker gives up on the person first, then the work itself may take
/// [`MAX_CALL_SECONDS`].
pub const MAX_INTERACTIVE_SECONDS: u64 = 300;
