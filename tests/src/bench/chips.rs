//! How long real chips take for a command: what was published, and where.
//!
//! Signatures are as published. No times seem to be published for TPM2_Load, TPM2_ContextLoad,
//! TPM2_ContextSave, TPM2_FlushContext and the rest. They get the time of the chip's RSA-2048
//! public operation, the shortest published command that carries about as many bytes. A chip that
//! loads keys more slowly gains more from keys that stay loaded, not less.

use std::time::Duration;

/// TPM2_Sign (TPM 2.0 Part 2, "TPM_CC Constants").
pub const SIGN: u32 = 0x15d;

/// TPM_ALG_RSASSA (TPM 2.0 Part 2, "TPM_ALG_ID Constants").
const RSASSA: [u8; 2] = [0, 0x14];

/// Where a response to TPM2_Sign names the algorithm: after its header and the length of its
/// parameters.
const ALGORITHM: std::ops::Range<usize> = 14..16;

/// A chip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chip {
    /// In the names of rows.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// TPM2_Sign with P-256.
    pub sign_p256: Duration,
    /// TPM2_Sign with RSA-2048.
    pub sign_rsa2048: Duration,
    /// Any other command.
    pub other: Duration,
}

impl Chip {
    /// How long it takes for command `code`, which has this `response`.
    pub fn takes(&self, code: u32, response: &[u8]) -> Duration {
        match code {
            SIGN if response.get(ALGORITHM) == Some(&RSASSA) => self.sign_rsa2048,
            SIGN => self.sign_p256,
            _ => self.other,
        }
    }
}

/// A TPM in firmware: AMD's, in a Ryzen 5 3600. Source: "Performance Measurement Of SSL/TLS Using
/// Trusted Platform Module", <https://hackmd.io/@nemoz/BkjT3ygh9>: 178.3 RSA-2048 signatures in a
/// second. What it says of P-256 is not about signatures, so one is given the time of one with RSA;
/// and other commands are given 1 ms.
pub const FIRMWARE: Chip = Chip {
    id: "firmware",
    title: "firmware TPM (AMD)",
    sign_p256: Duration::from_micros(5_600),
    sign_rsa2048: Duration::from_micros(5_600),
    other: Duration::from_micros(1_000),
};

/// The slowest discrete chip in wolfTPM's list (<https://github.com/wolfSSL/wolfTPM>, README, "TPM2
/// Benchmarks"): Nuvoton NPCT650.
pub const DISCRETE: Chip = Chip {
    id: "discrete",
    title: "slow discrete TPM (NPCT650)",
    sign_p256: Duration::from_micros(190_100),
    sign_rsa2048: Duration::from_micros(540_900),
    other: Duration::from_micros(13_100),
};

/// The chip of the project's goal, where a P-256 signature takes 70 ms. In the same list it is
/// nearest to Infineon's SLB9670, with 68.9 ms; the rest is that chip's.
pub const OF_THE_GOAL: Chip = Chip {
    id: "goal",
    title: "TPM2_Sign of 70 ms (near SLB9670)",
    sign_p256: Duration::from_millis(70),
    sign_rsa2048: Duration::from_micros(163_200),
    other: Duration::from_micros(8_900),
};
