//! How a user names keys that an agent offers.

use std::str::FromStr;

use serde::Deserialize;
use sshtpm_dbus::Identity;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::identity::Identity as Blob;
use sshtpm_ssh::limits::MAX_COMMENT_BYTES;
use sshtpm_ssh::purpose::Purpose;

/// What a fingerprint begins with.
const FINGERPRINT: &str = "SHA256:";

/// What a purpose begins with.
const PURPOSE: &str = "purpose:";

/// One key, or the keys of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Selector {
    /// The key with this fingerprint: `SHA256:` and 43 characters.
    Fingerprint(Fingerprint),
    /// The keys that may sign for this: `purpose:auth`.
    Purpose(Purpose),
    /// The keys with this comment: any other text of 1 to 256 bytes.
    Comment(String),
}

/// Why a text does not name keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotASelector {
    #[error("a fingerprint is SHA256: and 43 characters; `sshtpm list` shows those of your keys")]
    Fingerprint,
    #[error("a purpose is one of {}", purposes())]
    Purpose,
    #[error("a comment has 1 to {MAX_COMMENT_BYTES} bytes")]
    Comment,
}

/// The names of all purposes.
fn purposes() -> String {
    Purpose::ALL.map(Purpose::name).join(", ")
}

impl Selector {
    /// Whether it names `key` by what the list of keys says of it.
    pub(super) fn names(&self, key: &Identity) -> bool {
        match self {
            Self::Fingerprint(wanted) => fingerprint(key) == Some(*wanted),
            Self::Comment(comment) => key.comment == *comment,
            Self::Purpose(_) => false,
        }
    }

    /// The purpose that it names.
    pub(super) fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::Purpose(purpose) => Some(*purpose),
            Self::Fingerprint(_) | Self::Comment(_) => None,
        }
    }
}

/// The name of the key, or of the plain key of a certificate. `None` if the blob cannot be read.
pub(super) fn fingerprint(key: &Identity) -> Option<Fingerprint> {
    let blob = Blob::parse(&key.blob).ok()?;
    Some(Fingerprint::of(blob.key()))
}

impl FromStr for Selector {
    type Err = NotASelector;

    fn from_str(text: &str) -> Result<Self, NotASelector> {
        if text.starts_with(FINGERPRINT) {
            let parsed = text.parse().map_err(|_| NotASelector::Fingerprint)?;
            return Ok(Self::Fingerprint(parsed));
        }
        if let Some(name) = text.strip_prefix(PURPOSE) {
            let purpose = Purpose::parse(name).ok_or(NotASelector::Purpose)?;
            return Ok(Self::Purpose(purpose));
        }
        if text.is_empty() || text.len() > MAX_COMMENT_BYTES {
            return Err(NotASelector::Comment);
        }
        Ok(Self::Comment(text.to_owned()))
    }
}

impl TryFrom<String> for Selector {
    type Error = NotASelector;

    fn try_from(text: String) -> Result<Self, NotASelector> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::{NotASelector, Selector};
    use sshtpm_ssh::purpose::Purpose;

    const FINGERPRINT: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn each_way_to_name_keys_is_known_by_its_beginning() {
        let fingerprint = Selector::Fingerprint(FINGERPRINT.parse().unwrap());
        assert_eq!(FINGERPRINT.parse(), Ok(fingerprint));
        assert_eq!("purpose:auth".parse(), Ok(Selector::Purpose(Purpose::Auth)));
        let comment = Selector::Comment("work laptop".to_owned());
        assert_eq!("work laptop".parse(), Ok(comment));
    }

    #[test]
    fn a_text_that_names_no_key_is_refused() {
        let long = "x".repeat(257);
        for (text, why) in [
            ("SHA256:47DEQ", NotASelector::Fingerprint),
            ("SHA256:", NotASelector::Fingerprint),
            ("purpose:login", NotASelector::Purpose),
            ("purpose:", NotASelector::Purpose),
            ("", NotASelector::Comment),
            (&long, NotASelector::Comment),
        ] {
            assert_eq!(text.parse::<Selector>(), Err(why), "{text}");
        }
    }

    #[test]
    fn a_mistake_in_a_purpose_names_all_of_them() {
        let text = NotASelector::Purpose.to_string();
        assert_eq!(text, "a purpose is one of auth, sign, ca, host, sudo, raw");
    }
}
