//! Bounds that more than one crate names.

/// Longest message of the agent protocol, in bytes, in either direction: `AGENT_MAX_LEN` of
/// OpenSSH's `authfd.c`.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// Largest data to be signed, in bytes: what an agent can be sent has no more.
pub const MAX_SIGN_DATA_BYTES: usize = MAX_MESSAGE_BYTES;

/// Longest digest to be signed, in bytes: that of SHA-512, the longest hash of a scheme.
pub const MAX_DIGEST_BYTES: usize = 64;

/// Largest comment of a key, in bytes of UTF-8: a line of `authorized_keys` stays readable.
pub const MAX_COMMENT_BYTES: usize = 256;

/// How long a client waits for an answer that needs no password, in seconds. RSA-4096
/// generation takes up to half a minute on slow chips, and may have to wait for another one.
pub const MAX_CALL_SECONDS: u64 = 150;

/// How long a client waits for an answer for which somebody may be asked for a password, in
/// seconds: the broker gives up on the person first, then the work itself may take
/// [`MAX_CALL_SECONDS`].
pub const MAX_INTERACTIVE_SECONDS: u64 = 300;

/// Longest PIN, in bytes: what the keys' Name algorithm, SHA-256, lets a TPM keep as an
/// authorization value (TPM 2.0 Part 1, "Authorization Values").
pub const MAX_PIN_BYTES: usize = 32;

/// Most SSH sessions behind one request: `AGENT_MAX_SESSION_IDS` of OpenSSH's `ssh-agent.c`.
pub const MAX_SESSIONS: usize = 16;

/// Longest session identifier, in bytes: `AGENT_MAX_SID_LEN` of OpenSSH's `ssh-agent.c`.
pub const MAX_SESSION_ID_BYTES: usize = 128;

/// Longest host key, in bytes. The longest plain key that can be verified has some 550; the rest is
/// room for the principals of a host certificate.
pub const MAX_HOST_KEY_BYTES: usize = 16 * 1024;

/// Longest signature of a host, in bytes; that of RSA-16384 has 2,068.
pub const MAX_HOST_SIGNATURE_BYTES: usize = 4096;

/// Most destinations of a key, hops included.
pub const MAX_DESTINATIONS: usize = 32;

/// Most keys by which one host is known: one of each type, its authorities, and those of the past.
pub const MAX_KEYS_OF_HOST: usize = 16;

/// Most SSHSIG namespaces to which a key is limited.
pub const MAX_NAMESPACES: usize = 16;

/// Longest name in an option, in bytes: of a user, a host, a namespace or a program.
pub const MAX_NAME_BYTES: usize = 256;

/// Longest certificate of a key, in bytes. One of OpenSSH's has some 700; authorities that put
/// roles into extensions make them of some KiB.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// Shortest nonce of an attestation, in bytes: 128 bits, which no verifier chooses twice by chance.
pub const MIN_NONCE_BYTES: usize = 16;

/// Longest nonce of an attestation, in bytes: the longest hash, for a verifier that hashes what it
/// binds the attestation to.
pub const MAX_NONCE_BYTES: usize = 64;

/// Longest claims of an attestation, in bytes. A record of the broker has at most as many, and has
/// all that is claimed of its key.
pub const MAX_CLAIMS_BYTES: usize = 64 * 1024;
