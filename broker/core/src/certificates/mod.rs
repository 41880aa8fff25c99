//! Certificates that are kept with a key, so that agents offer them.
//!
//! A certificate gives a key no power here: signing with one is signing with its key, and what
//! restricts the key restricts that. An authority wrote it for servers. So all that is decided is
//! whether a certificate is one that clients can read, how many there may be, and which of them is
//! the later one of another.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`.

mod error;
mod extent;
mod user_certificate;

pub use error::NotKept;
pub use extent::{Extent, TooManyCertificates};
pub use user_certificate::UserCertificate;

use std::sync::Arc;

use ssh_key::public::KeyData;

/// The certificates of one key, in the order in which they were added. Most keys have none, so that
/// takes no more than a pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates(Option<Arc<Vec<UserCertificate>>>);

impl Certificates {
    /// Those of a record, for a key `key`, as blobs; and how many of them are left out, because
    /// they are not certificates of that key or too many.
    pub fn of_record(blobs: impl IntoIterator<Item = Vec<u8>>, key: &KeyData) -> (Self, usize) {
        let (mut kept, mut extent, mut left_out) = (Vec::new(), Extent::default(), 0);
        for blob in blobs {
            match UserCertificate::of_record(blob, key) {
                Some(one) if extent.plus(one.extent()).fits_a_key() => {
                    extent = extent.plus(one.extent());
                    kept.push(one);
                }
                _ => left_out += 1,
            }
        }
        (Self::of(kept), left_out)
    }

    /// These with `new` at the end. Those that it renews, and those that have expired `now`, make
    /// room for it. `others` is what the other keys of the user have.
    ///
    /// # Errors
    ///
    /// There would be too many of the key or of the user, or they would be too long.
    pub fn with(
        &self,
        new: UserCertificate,
        now: u64,
        others: Extent,
    ) -> Result<Self, TooManyCertificates> {
        let stays = |old: &&UserCertificate| !old.has_expired(now) && !new.renews(old);
        let mut after: Vec<_> = self.iter().filter(stays).cloned().collect();
        after.push(new);
        let after = Self::of(after);
        after.extent().check(others)?;
        Ok(after)
    }

    /// These without the one of which `blob` consists. `None` if it is not among them.
    pub fn without(&self, blob: &[u8]) -> Option<Self> {
        let others = self.iter().filter(|one| one.blob() != blob);
        let others: Vec<_> = others.cloned().collect();
        let is_there = others.len() < self.iter().count();
        is_there.then(|| Self::of(others))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &UserCertificate> {
        self.0.iter().flat_map(|all| all.iter())
    }

    /// Those that are in force at `now`, in seconds since 1970-01-01 UTC.
    pub fn in_force(&self, now: u64) -> impl Iterator<Item = &UserCertificate> {
        self.iter().filter(move |one| one.is_in_force(now))
    }

    /// How many there are, and how long they are.
    pub fn extent(&self) -> Extent {
        let none = Extent::default();
        self.iter().fold(none, |all, one| all.plus(one.extent()))
    }

    fn of(all: Vec<UserCertificate>) -> Self {
        Self((!all.is_empty()).then(|| Arc::new(all)))
    }
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
