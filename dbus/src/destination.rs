//! Destinations of a key on the wire.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §2 (`restrict-destination-v00@openssh.com`).

use serde::{Deserialize, Serialize};
use sshtpm_ssh::limits::{MAX_HOST_KEY_BYTES, MAX_KEYS_OF_HOST, MAX_NAME_BYTES};
use zbus::{OwnedVariant, Type, Variant};

use crate::bounded;

/// One hop that a restricted key may take. `(sa(ayb)ssa(ayb))` on the wire; decoding refuses what
/// is longer than its limit. The host keys are blobs here: the broker reads them after it knows
/// the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Destination {
    /// Name of the host from which the agent is reached, for people; empty for this machine. Up to
    /// [`MAX_NAME_BYTES`].
    #[serde(deserialize_with = "bounded::text::<_, MAX_NAME_BYTES>")]
    pub from_host: String,
    /// The keys by which that host is known, up to [`MAX_KEYS_OF_HOST`]; none for this machine.
    #[serde(deserialize_with = "bounded::list::<_, _, MAX_KEYS_OF_HOST>")]
    pub from_keys: Vec<HostKey>,
    /// User there, up to [`MAX_NAME_BYTES`]; a pattern as in `ssh_config(5)`, empty for any.
    #[serde(deserialize_with = "bounded::text::<_, MAX_NAME_BYTES>")]
    pub to_user: String,
    /// Name of the host to log in to, up to [`MAX_NAME_BYTES`], for people.
    #[serde(deserialize_with = "bounded::text::<_, MAX_NAME_BYTES>")]
    pub to_host: String,
    /// The keys by which that host is known, 1 to [`MAX_KEYS_OF_HOST`].
    #[serde(deserialize_with = "bounded::list::<_, _, MAX_KEYS_OF_HOST>")]
    pub to_keys: Vec<HostKey>,
}

/// A key by which a host is known. `(ayb)` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct HostKey {
    /// Public key blob, up to [`MAX_HOST_KEY_BYTES`].
    #[serde(
        serialize_with = "serde_bytes::serialize",
        deserialize_with = "bounded::bytes::<_, MAX_HOST_KEY_BYTES>"
    )]
    pub blob: Vec<u8>,
    /// Whether it is that of an authority which signs the host's certificates.
    pub is_authority: bool,
}

#[cfg(test)]
mod tests {
    use zbus::message::Message;

    use super::*;

    fn destination(keys: usize, name: usize) -> Destination {
        let key = HostKey {
            blob: vec![1; 32],
            is_authority: false,
        };
        Destination {
            from_host: String::new(),
            from_keys: Vec::new(),
            to_user: "git".to_owned(),
            to_host: "x".repeat(name),
            to_keys: vec![key; keys],
        }
    }

    fn sent(destination: &Destination) -> Result<Destination, zbus::Error> {
        let message = Message::method_call("/", "M").build(destination);
        message.expect("a message").body().deserialize()
    }

    #[test]
    fn a_destination_has_the_documented_type() {
        assert_eq!(Destination::SIGNATURE.to_string(), "(sa(ayb)ssa(ayb))");
    }

    #[test]
    fn a_destination_arrives_as_it_was_sent() {
        let longest = destination(MAX_KEYS_OF_HOST, MAX_NAME_BYTES);
        assert_eq!(sent(&longest).expect("it fits"), longest);
    }

    #[test]
    fn a_name_or_list_beyond_its_limit_is_not_decoded() {
        assert!(sent(&destination(MAX_KEYS_OF_HOST + 1, 1)).is_err());
        assert!(sent(&destination(1, MAX_NAME_BYTES + 1)).is_err());
    }
}
