//! A signature that was verified, and what becomes of it.

/// A signature that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Released {
    /// It can leave.
    Signature(Vec<u8>),
    /// It is one by RSASSA-PSS with the longest salt, instead of one as long as the digest.
    LongestSalt,
}
