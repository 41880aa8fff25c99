//! Numbers of the TPM specification.
//!
//! Specs: TPM 2.0 Part 2, `TPM_ALG_ID`, `TPM_ECC_CURVE`, `TPMA_OBJECT`; the TCG Algorithm Registry.

/// `TPM_ALG_RSA`.
pub const RSA: u16 = 0x0001;
/// `TPM_ALG_AES`.
pub const AES: u16 = 0x0006;
/// `TPM_ALG_KEYEDHASH`: an HMAC key, or sealed data.
pub const KEYEDHASH: u16 = 0x0008;
/// `TPM_ALG_SHA256`.
pub const SHA256: u16 = 0x000b;
/// `TPM_ALG_SHA384`.
pub const SHA384: u16 = 0x000c;
/// `TPM_ALG_SHA512`.
pub const SHA512: u16 = 0x000d;
/// `TPM_ALG_NULL`.
pub const NULL: u16 = 0x0010;
/// `TPM_ALG_RSASSA`.
pub const RSASSA: u16 = 0x0014;
/// `TPM_ALG_RSAPSS`.
pub const RSAPSS: u16 = 0x0016;
/// `TPM_ALG_ECDSA`.
pub const ECDSA: u16 = 0x0018;
/// `TPM_ALG_ECC`.
pub const ECC: u16 = 0x0023;
/// `TPM_ALG_CFB`.
pub const CFB: u16 = 0x0043;

/// `TPM_ECC_NIST_P256`.
pub const NIST_P256: u16 = 0x0003;
/// `TPM_ECC_NIST_P384`.
pub const NIST_P384: u16 = 0x0004;
/// `TPM_ECC_NIST_P521`.
pub const NIST_P521: u16 = 0x0005;

/// The key cannot leave the TPM.
pub const FIXED_TPM: u32 = 1 << 1;
/// The key cannot be put below another parent.
pub const FIXED_PARENT: u32 = 1 << 4;
/// The TPM made up the private part.
pub const SENSITIVE_DATA_ORIGIN: u32 = 1 << 5;
/// The authorization value lets the key be used.
pub const USER_WITH_AUTH: u32 = 1 << 6;
/// Wrong authorization values count nothing.
pub const NO_DA: u32 = 1 << 10;
/// The key signs or decrypts only what the TPM made.
pub const RESTRICTED: u32 = 1 << 16;
/// The key decrypts.
pub const DECRYPT: u32 = 1 << 17;
/// The key signs.
pub const SIGN: u32 = 1 << 18;
