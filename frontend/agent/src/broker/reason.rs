//! Why a request failed, as far as it decides whether another log line says the same.
//!
//! Must never contain what a client chooses freely: with new reasons at will, one client could hide
//! those of all others.

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;

/// Why requests of one kind fail.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Reason {
    what: &'static str,
    kind: ErrorKind,
    /// The key, if the broker knows it.
    key: Option<String>,
    /// The text, if it quotes nothing of the request.
    text: Option<String>,
}

impl Reason {
    /// The reason for `error`, because of which `what` failed, perhaps with `key`.
    pub(super) fn new(what: &'static str, key: Option<&str>, error: &Error) -> Self {
        let kind = error.kind();
        let key = key.filter(|_| is_about_a_known_key(kind));
        let text = (!may_quote(kind)).then(|| error.text().to_owned());
        Self {
            what,
            kind,
            key: key.map(str::to_owned),
            text,
        }
    }
}

/// Whether the broker refused because of a key that it found. A client can name any other key, too.
fn is_about_a_known_key(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownData
            | ErrorKind::UnsupportedAlgorithm
            | ErrorKind::PurposeNotPermitted
            | ErrorKind::NamespaceNotPermitted
            | ErrorKind::DestinationNotPermitted
            | ErrorKind::ForwardingNotPermitted
            | ErrorKind::NoUnlockedSession
            | ErrorKind::KeyLost
            | ErrorKind::KeyBoundToOtherPcrs
            | ErrorKind::PinRequired
            | ErrorKind::WrongPin
            | ErrorKind::PinTriesExceeded
    )
}

/// Whether texts of this kind may contain what a client sent, or a time that changes.
fn may_quote(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NoSuchKey
            | ErrorKind::InvalidArgs
            | ErrorKind::UnknownData
            | ErrorKind::PurposeNotPermitted
            | ErrorKind::NamespaceNotPermitted
            | ErrorKind::DestinationNotPermitted
            | ErrorKind::ForwardingNotPermitted
            | ErrorKind::WrongPin
            | ErrorKind::PinTriesExceeded
    )
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;

    fn reason(kind: ErrorKind, key: &str, text: &str) -> Reason {
        Reason::new("cannot sign", Some(key), &Error::new(kind, text))
    }

    #[test]
    fn two_keys_or_two_texts_of_the_brokers_own_are_two_reasons() {
        let kind = ErrorKind::PinRequired;
        let one = reason(kind, "one", "nobody answered");
        assert_ne!(one, reason(kind, "other", "nobody answered"));
        assert_ne!(one, reason(kind, "one", "no program asks"));
        assert_eq!(one, reason(kind, "one", "nobody answered"));
    }

    #[test]
    fn what_a_client_chooses_makes_no_reason_of_its_own() {
        let kind = ErrorKind::NoSuchKey;
        assert_eq!(reason(kind, "one", "a"), reason(kind, "other", "b"));
        let kind = ErrorKind::NamespaceNotPermitted;
        assert_eq!(reason(kind, "one", "a"), reason(kind, "one", "b"));
        let kind = ErrorKind::BrokerUnavailable;
        assert_eq!(reason(kind, "one", "away"), reason(kind, "other", "away"));
    }
}
