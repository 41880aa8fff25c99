//! Bounds of what a program can have the module keep or read.

/// Most keys that are shown. A user has 64 by default (`keys-per-user` of the broker), and an
/// administrator can allow more.
pub const MAX_KEYS: usize = 1024;

/// Most calls at the broker at a time, as for an agent; other threads wait. A user has 64
/// (`requests-per-user` of the broker), and their other programs need some, too.
pub const MAX_CALLS: usize = 16;

/// Most sessions at a time. Programs with a thread for each connection open one for each.
pub const MAX_SESSIONS: usize = 1024;

/// Most handles of objects that are given out in the life of a module: three for each key, for many
/// times as many keys as are shown.
pub const MAX_HANDLES: usize = 64 * 1024;

/// Most attributes of a template, or in a question for attributes. Programs ask for some 20.
pub const MAX_ATTRIBUTES: usize = 128;

/// Longest value of an attribute in a template, in bytes: the longest certificate that is kept.
pub const MAX_ATTRIBUTE_BYTES: usize = MAX_X509_BYTES;

/// Longest X.509 certificate, in bytes, as that of an SSH certificate
/// ([`MAX_CERTIFICATE_BYTES`](sshtpm_ssh::limits::MAX_CERTIFICATE_BYTES)). One with an RSA-4096 key
/// and many names has some 3 KiB.
pub const MAX_X509_BYTES: usize = 16 * 1024;

/// Longest digest that a program signs without naming the hash, in bytes: the modulus of RSA-4096,
/// which no such digest can exceed.
pub const MAX_RAW_BYTES: usize = 512;

/// Longest parameter of a mechanism, in bytes. That of PSS, the only one that is taken, has 24.
pub const MAX_PARAMETER_BYTES: usize = 256;

/// Longest part of data to be hashed in one call, in bytes. A program that has more calls again.
pub const MAX_PART_BYTES: usize = 1 << 30;

/// Most random bytes in one call. TLS and key generation take less than 100.
pub const MAX_RANDOM_BYTES: usize = 1 << 20;

/// Longest PIN that a program can give, in bytes. Those of keys have at most
/// [`MAX_PIN_BYTES`](sshtpm_ssh::limits::MAX_PIN_BYTES), and what is longer is refused anyway.
pub const MAX_PIN_ARGUMENT_BYTES: usize = 256;
