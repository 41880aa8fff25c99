//! Keys whose users are gone: the user was deleted, or the uid has another name now.
//!
//! There may be many, and the user database may be slow. So they are listed page by page, and a
//! page ends after a number of keys, of look-ups or of archived records, whichever is reached
//! first.

use std::fmt;
use std::str::FromStr;

use super::identity::Uid;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Most keys in a page: with the longest names and public keys they have 256 KiB, as the answer of
/// any method that lists.
pub(crate) const MOST_KEYS: usize = 128;

/// Most uids that the user database is asked about for a page.
pub(crate) const MOST_LOOK_UPS: usize = 256;

/// Most archived records that are read for a page: those of four uids that have as many as may be.
pub(crate) const MOST_ARCHIVED: usize = 4096;

/// Which keys of users who are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those of all.
    All,
    /// Those of users who had this uid.
    Of(Uid),
}

impl Which {
    pub(crate) fn includes(self, uid: Uid) -> bool {
        match self {
            Self::All => true,
            Self::Of(one) => one == uid,
        }
    }
}

/// Where a page ended. As a text it is a number, or a number, a space and a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of this uid.
    pub(crate) uid: Uid,
    /// After this key; `None` is after all keys of the uid.
    pub(crate) key: Option<Fingerprint>,
}

impl Place {
    /// Whether a key of `uid` that is called `key` comes later.
    pub(crate) fn is_before(self, uid: Uid, key: Fingerprint) -> bool {
        uid > self.uid || uid == self.uid && self.key.is_some_and(|after| key > after)
    }

    /// Whether any key of `uid` can come later.
    pub(crate) fn is_within(self, uid: Uid) -> bool {
        uid > self.uid || uid == self.uid && self.key.is_some()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            None => write!(f, "{}", self.uid.0),
            Some(key) => write!(f, "{} {key}", self.uid.0),
        }
    }
}

/// The text does not name a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPlace;

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (uid, key) = match text.split_once(' ') {
            None => (text, None),
            Some((uid, key)) => (uid, Some(key.parse().map_err(|_| NotAPlace)?)),
        };
        let uid = uid.parse().map_err(|_| NotAPlace)?;
        Ok(Self { uid: Uid(uid), key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn a_place_reads_as_it_is_written() {
        for text in ["0".to_owned(), "4294967295".to_owned(), format!("7 {KEY}")] {
            assert_eq!(text.parse::<Place>().expect("a place").to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_no_places() {
        for text in ["", " ", "x", "-1", "4294967296", "7 ", "7 SHA256:x", " 7"] {
            assert_eq!(text.parse::<Place>(), Err(NotAPlace), "{text:?}");
        }
    }

    #[test]
    fn what_comes_after_a_place_is_of_a_later_key_or_uid() {
        let key: Fingerprint = KEY.parse().expect("a fingerprint");
        let (whole, within): (Place, Place) = (
            "7".parse().expect("a place"),
            format!("7 {KEY}").parse().expect("a place"),
        );
        assert!(whole.is_before(Uid(8), key) && within.is_before(Uid(8), key));
        assert!(!whole.is_before(Uid(7), key) && !within.is_before(Uid(7), key));
        assert!(!whole.is_within(Uid(7)) && within.is_within(Uid(7)));
        assert!(!whole.is_within(Uid(6)) && !within.is_within(Uid(6)));
    }
}
