//! Whether there may be keys that the TPM seals and the broker signs with.

/// What the administrator says of sealed keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SealedKeys {
    /// They are made and used as other keys are.
    #[default]
    Allowed,
    /// The broker makes none, and existing ones do not sign. Their records stay, so that they can
    /// be listed and deleted, and sign again if the administrator changes this.
    Forbidden,
}
