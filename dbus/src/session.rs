//! An SSH session on the wire.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_bytes::Bytes;
use sshtpm_ssh::limits::{MAX_HOST_KEY_BYTES, MAX_HOST_SIGNATURE_BYTES, MAX_SESSION_ID_BYTES};
use sshtpm_ssh::session::Binding;
use zbus::{Signature, Type, Variant};

use crate::bounded;

/// [`Binding`] as `(ayayayb)`. Decoding refuses a field that is longer than its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireBinding(pub Binding);

/// The fields in their order on the wire.
#[derive(serde::Deserialize)]
struct Fields(
    #[serde(deserialize_with = "bounded::bytes::<_, MAX_HOST_KEY_BYTES>")] Vec<u8>,
    #[serde(deserialize_with = "bounded::bytes::<_, MAX_SESSION_ID_BYTES>")] Vec<u8>,
    #[serde(deserialize_with = "bounded::bytes::<_, MAX_HOST_SIGNATURE_BYTES>")] Vec<u8>,
    bool,
);

impl Type for WireBinding {
    const SIGNATURE: &'static Signature = <(Vec<u8>, Vec<u8>, Vec<u8>, bool)>::SIGNATURE;
}

impl Serialize for WireBinding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Binding {
            host_key,
            session_id,
            signature,
            is_forwarding,
        } = &self.0;
        let fields = (
            Bytes::new(host_key),
            Bytes::new(session_id),
            Bytes::new(signature),
            is_forwarding,
        );
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for WireBinding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields(host_key, session_id, signature, is_forwarding) =
            Fields::deserialize(deserializer)?;
        Ok(Self(Binding {
            host_key,
            session_id,
            signature,
            is_forwarding,
        }))
    }
}

impl From<WireBinding> for Variant<'_> {
    fn from(WireBinding(binding): WireBinding) -> Self {
        Self::from((
            binding.host_key,
            binding.session_id,
            binding.signature,
            binding.is_forwarding,
        ))
    }
}

#[cfg(test)]
mod tests {
    use zbus::message::Message;

    use super::*;

    fn binding(host_key: usize) -> Binding {
        Binding {
            host_key: vec![1; host_key],
            session_id: vec![2; 32],
            signature: vec![3; 64],
            is_forwarding: true,
        }
    }

    fn sent(binding: Binding) -> Result<WireBinding, zbus::Error> {
        let message = Message::method_call("/", "M").build(&WireBinding(binding));
        message.expect("a message").body().deserialize()
    }

    #[test]
    fn a_binding_has_the_documented_type() {
        assert_eq!(WireBinding::SIGNATURE.to_string(), "(ayayayb)");
        let variant = Variant::from(WireBinding(binding(1)));
        assert_eq!(variant.value_signature().to_string(), "(ayayayb)");
    }

    #[test]
    fn a_binding_arrives_as_it_was_sent() {
        let longest = binding(MAX_HOST_KEY_BYTES);
        assert_eq!(
            sent(longest.clone()).expect("it fits"),
            WireBinding(longest)
        );
    }

    #[test]
    fn a_field_beyond_its_limit_is_not_decoded() {
        assert!(sent(binding(MAX_HOST_KEY_BYTES + 1)).is_err());
    }
}
