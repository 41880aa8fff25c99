//! Why a key is left out of a list.

/// Why a key is left out. No text quotes the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub(in crate::behind) enum Reason {
    #[error("it is not what its type says")]
    Malformed,
    #[error("OpenSSH takes the name of its type for that of another one")]
    Name,
    #[error("a number in it is negative, or has too few or too many bits")]
    Number,
    #[error("its point is not on its curve, or is not written in full")]
    Point,
    #[error("it is a certificate of an authority whose key OpenSSH refuses")]
    Issuer,
    #[error("it is a certificate, and the signature of its authority could not be verified")]
    Unproven,
    #[error("too many new certificates came at once; it is looked at again in a later list")]
    Later,
}
