//! How long other TPMs take for a signature: what was published, and where.

use std::time::Duration;

/// A TPM of which somebody published figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chip {
    /// For people.
    pub(crate) name: &'static str,
    /// TPM2_Sign by a P-256 key; `None`: not published.
    pub(crate) sign_p256: Option<Duration>,
    /// TPM2_Sign by an RSA key of 2048 bits.
    pub(crate) sign_rsa2048: Duration,
}

/// From the fastest to the slowest with RSA. The first: "Performance Measurement Of SSL/TLS Using
/// Trusted Platform Module", <https://hackmd.io/@nemoz/BkjT3ygh9> (178.3 signatures in a second).
/// All others: wolfTPM, <https://github.com/wolfSSL/wolfTPM>, README, "TPM2 Benchmarks"; each is the
/// mean of what the chip does within a second, with the SPI clock that is named there.
pub(crate) const PUBLISHED: [Chip; 7] = [
    Chip {
        name: "AMD firmware TPM (Ryzen 5 3600)",
        sign_p256: None,
        sign_rsa2048: Duration::from_micros(5_600),
    },
    discrete("Nuvoton NPCT750", 56_399, 70_261),
    discrete("Microchip ATTPM20", 58_674, 117_677),
    discrete("Nations Technologies TPM 2.0", 23_399, 133_243),
    discrete("Infineon SLB9670", 68_865, 163_207),
    discrete("ST ST33TP", 42_338, 247_752),
    discrete("Nuvoton NPCT650", 190_149, 540_926),
];

/// P-256 signatures of the slowest of them. A TPM that takes longer is unusually slow.
pub(crate) const SLOWEST_SIGN_P256: Duration = Duration::from_micros(190_149);

const fn discrete(name: &'static str, p256_micros: u64, rsa2048_micros: u64) -> Chip {
    Chip {
        name,
        sign_p256: Some(Duration::from_micros(p256_micros)),
        sign_rsa2048: Duration::from_micros(rsa2048_micros),
    }
}

#[cfg(test)]
mod tests {
    use super::{PUBLISHED, SLOWEST_SIGN_P256};

    #[test]
    fn the_slowest_is_in_the_table() {
        let slowest = PUBLISHED.iter().filter_map(|chip| chip.sign_p256).max();
        assert_eq!(slowest, Some(SLOWEST_SIGN_P256));
    }
}
