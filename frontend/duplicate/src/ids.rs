//! Numbers of the TPM specification.
//!
//! Specs: TPM 2.0 Part 2, `TPM_ALG_ID`, `TPM_ECC_CURVE`, `TPMA_OBJECT`; the TCG Algorithm Registry.

pub(crate) const RSA: u16 = 0x0001;
pub(crate) const AES: u16 = 0x0006;
pub(crate) const KEYEDHASH: u16 = 0x0008;
pub(crate) const SHA256: u16 = 0x000b;
pub(crate) const SHA384: u16 = 0x000c;
pub(crate) const SHA512: u16 = 0x000d;
pub(crate) const NULL: u16 = 0x0010;
pub(crate) const ECDSA: u16 = 0x0018;
pub(crate) const ECC: u16 = 0x0023;
pub(crate) const CFB: u16 = 0x0043;

pub(crate) const NIST_P256: u16 = 0x0003;
pub(crate) const NIST_P384: u16 = 0x0004;
pub(crate) const NIST_P521: u16 = 0x0005;

pub(crate) const FIXED_TPM: u32 = 1 << 1;
pub(crate) const FIXED_PARENT: u32 = 1 << 4;
pub(crate) const SENSITIVE_DATA_ORIGIN: u32 = 1 << 5;
pub(crate) const USER_WITH_AUTH: u32 = 1 << 6;
pub(crate) const NO_DA: u32 = 1 << 10;
pub(crate) const RESTRICTED: u32 = 1 << 16;
pub(crate) const DECRYPT: u32 = 1 << 17;
pub(crate) const SIGN: u32 = 1 << 18;
