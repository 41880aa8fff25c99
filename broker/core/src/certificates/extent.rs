//! How many certificates there may be, and how long.

use thiserror::Error;

/// Most certificates of a key: one of each authority, and of each group of users.
pub(super) const MAX_OF_KEY: usize = 8;

/// Most bytes of the certificates of a key; in base64 they take half of a record of 64 KiB.
const MAX_KEY_BYTES: usize = 24 * 1024;

/// Most certificates of a user.
pub(super) const MAX_OF_USER: usize = 128;

/// Most bytes of the certificates of a user. With the comments, and 64 keys, they fit in one
/// message of an agent (256 KiB).
pub(super) const MAX_USER_BYTES: usize = 128 * 1024;

/// How many certificates there are, and how long they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub(super) count: usize,
    pub(super) bytes: usize,
}

impl Extent {
    /// This and `further` together.
    #[must_use = "the extent itself stays as it is"]
    pub fn plus(self, further: Self) -> Self {
        Self {
            count: self.count.saturating_add(further.count),
            bytes: self.bytes.saturating_add(further.bytes),
        }
    }

    /// That of one certificate, of so many bytes.
    pub(super) fn of_one(bytes: usize) -> Self {
        Self { count: 1, bytes }
    }

    /// Whether the certificates of a key may have it.
    pub(super) fn fits_a_key(self) -> bool {
        self.count <= MAX_OF_KEY && self.bytes <= MAX_KEY_BYTES
    }

    /// Whether the certificates of a key may have it, and those of its other keys `others`.
    ///
    /// # Errors
    ///
    /// They are too many, or too long.
    pub(super) fn check(self, others: Self) -> Result<(), TooManyCertificates> {
        if !self.fits_a_key() {
            return Err(TooManyCertificates::OfKey);
        }
        match others.plus(self).fits_a_user() {
            true => Ok(()),
            false => Err(TooManyCertificates::OfUser),
        }
    }

    fn fits_a_user(self) -> bool {
        self.count <= MAX_OF_USER && self.bytes <= MAX_USER_BYTES
    }
}

/// There is no room for a further certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TooManyCertificates {
    /// With the key.
    #[error(
        "a key can have {MAX_OF_KEY} certificates of {MAX_KEY_BYTES} bytes together at most; \
         remove one with `sshtpm cert rm`"
    )]
    OfKey,
    /// With all keys of the user.
    #[error(
        "a user can have {MAX_OF_USER} certificates of {MAX_USER_BYTES} bytes together at most; \
         remove one with `sshtpm cert rm`"
    )]
    OfUser,
}
