//! Which TPM was measured.

/// The TPM that was measured.
#[derive(Debug)]
pub(super) struct Tpm {
    /// Vendor ID, such as `IFX`.
    pub(super) manufacturer: String,
    /// Four numbers with dots.
    pub(super) firmware: String,
    /// Where it is.
    pub(super) device: String,
}
