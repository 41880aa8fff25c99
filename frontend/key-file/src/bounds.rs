//! What a key file may ask of this machine.
//!
//! The numbers in a file decide how much work and memory its passphrase takes. They are bounded, so
//! that a file from somebody else does not take the machine down.

/// Longest file, in bytes. An RSA-4096 key takes less than 8 KiB in each format, and OpenSSH's
/// comment has at most 1 KiB; other text may surround a key.
pub const MAX_FILE_BYTES: usize = 64 * 1024;

/// Most rounds of `bcrypt_pbkdf`: `ssh-keygen -a`. The default is 24 (16 before OpenSSH 9.4);
/// 2048 take about half a minute.
pub const MAX_BCRYPT_ROUNDS: u32 = 2048;

/// Most iterations of PBKDF2: the most that RFC 8018 §4.2 considers. OpenSSL writes 2048.
pub const MAX_PBKDF2_ITERATIONS: u32 = 10_000_000;

/// Most memory of scrypt (128·N·r) and of Argon2, in bytes. OpenSSL's default takes 16 MiB, and
/// puttygen's 8 MiB.
pub const MAX_KDF_MEMORY_BYTES: u64 = 1024 * 1024 * 1024;

/// Most blocks of 128 bytes that scrypt mixes: N·r·p. OpenSSL's default is 2^17; this takes less
/// than half a minute.
pub const MAX_SCRYPT_BLOCKS: u64 = 1 << 24;

/// Most KiB that Argon2 fills, over all passes: 16 GiB, which takes less than half a minute.
/// puttygen chooses what takes 100 ms, about 200 MiB.
pub const MAX_ARGON2_KIB: u64 = 16 * 1024 * 1024;

/// Most lanes of Argon2. puttygen's default is 1; RFC 9106 §4 recommends 4.
pub const MAX_ARGON2_LANES: u32 = 64;
