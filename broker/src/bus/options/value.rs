//! What an option can be, and no more than that: each length and count is bounded as it is decoded.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use sshtpm_dbus::{
    Binding, Destination, HostKey, MAX_DESTINATIONS, MAX_HOST_KEY_BYTES, MAX_HOST_SIGNATURE_BYTES,
    MAX_KEYS_OF_HOST, MAX_NAME_BYTES, MAX_NAMESPACES, MAX_SESSION_ID_BYTES, MAX_SESSIONS,
};
use zbus::{Signature, Type};

use sshtpm_core::{restrictions, session};

// What clients are told, and what the core takes.
const _: () = assert!(MAX_DESTINATIONS == restrictions::MAX_DESTINATIONS);
const _: () = assert!(MAX_KEYS_OF_HOST == restrictions::MAX_KEYS_OF_HOST);
const _: () = assert!(MAX_NAMESPACES == restrictions::MAX_NAMESPACES);
const _: () = assert!(MAX_NAME_BYTES == restrictions::MAX_NAME_BYTES);
const _: () = assert!(MAX_SESSIONS == session::MAX_SESSIONS);

/// What an option can be.
#[derive(Debug)]
pub(super) enum Value {
    /// `u`
    Number(u32),
    /// `b`
    Flag(bool),
    /// `s`
    Text(String),
    /// `as`
    Texts(Vec<String>),
    /// `a(sa(ayb)ssa(ayb))`
    Destinations(Vec<Destination>),
    /// `a(ayayayb)`
    Sessions(Vec<Binding>),
}

/// Longest name or text, in bytes: a user name is the longest there is (`LOGIN_NAME_MAX`).
pub(super) const MAX_TEXT_BYTES: usize = MAX_NAME_BYTES;

/// Most texts in a list: there are no more purposes than namespaces.
const MAX_TEXTS: usize = MAX_NAMESPACES;

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Variant", &["signature", "value"], AnyValue)
    }
}

/// A variant, which is its signature and then its value.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of an option")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let signature: Signature = next(&mut seq, 0)?;
        if signature == *u32::SIGNATURE {
            next(&mut seq, 1).map(Value::Number)
        } else if signature == *bool::SIGNATURE {
            next(&mut seq, 1).map(Value::Flag)
        } else if signature == *String::SIGNATURE {
            next(&mut seq, 1).map(|Text(text)| Value::Text(text))
        } else if signature == *Vec::<String>::SIGNATURE {
            let texts: List<Text, MAX_TEXTS> = next(&mut seq, 1)?;
            Ok(Value::Texts(texts.map(|Text(text)| text)))
        } else if signature == *Vec::<Destination>::SIGNATURE {
            let destinations: List<WireDestination, MAX_DESTINATIONS> = next(&mut seq, 1)?;
            Ok(Value::Destinations(destinations.map(Into::into)))
        } else if signature == *Vec::<Binding>::SIGNATURE {
            let sessions: List<WireBinding, MAX_SESSIONS> = next(&mut seq, 1)?;
            Ok(Value::Sessions(sessions.map(Into::into)))
        } else {
            Err(de::Error::custom("no option has a value of this type"))
        }
    }
}

fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(
    seq: &mut A,
    at: usize,
) -> Result<T, A::Error> {
    let missing = || de::Error::invalid_length(at, &AnyValue);
    seq.next_element()?.ok_or_else(missing)
}

/// A text of at most [`MAX_TEXT_BYTES`].
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        match text.len() {
            0..=MAX_TEXT_BYTES => Ok(Self(text.to_owned())),
            length => Err(de::Error::custom(format!(
                "an option's name or text has {length} bytes; at most {MAX_TEXT_BYTES} are allowed"
            ))),
        }
    }
}

/// At most `MOST` bytes.
struct Bytes<const MOST: usize>(Vec<u8>);

impl<'de, const MOST: usize> Deserialize<'de> for Bytes<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: &[u8] = serde_bytes::deserialize(deserializer)?;
        if bytes.len() > MOST {
            return Err(de::Error::custom(format!(
                "an option has {} bytes where at most {MOST} are allowed",
                bytes.len()
            )));
        }
        Ok(Self(bytes.to_vec()))
    }
}

/// At most `MOST` elements.
struct List<T, const MOST: usize>(Vec<T>);

impl<T, const MOST: usize> List<T, MOST> {
    fn map<U>(self, to: impl FnMut(T) -> U) -> Vec<U> {
        self.0.into_iter().map(to).collect()
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for List<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_seq(Elements::<T, MOST>(PhantomData))
            .map(Self)
    }
}

struct Elements<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Elements<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MOST} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            if elements.len() == MOST {
                return Err(de::Error::custom(format!(
                    "an option has more than {MOST} elements"
                )));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

/// `(ayayayb)`
#[derive(serde::Deserialize)]
struct WireBinding(
    Bytes<MAX_HOST_KEY_BYTES>,
    Bytes<MAX_SESSION_ID_BYTES>,
    Bytes<MAX_HOST_SIGNATURE_BYTES>,
    bool,
);

/// `(sa(ayb)ssa(ayb))`
#[derive(serde::Deserialize)]
struct WireDestination(
    Text,
    List<WireHostKey, MAX_KEYS_OF_HOST>,
    Text,
    Text,
    List<WireHostKey, MAX_KEYS_OF_HOST>,
);

/// `(ayb)`
#[derive(serde::Deserialize)]
struct WireHostKey(Bytes<MAX_HOST_KEY_BYTES>, bool);

impl From<WireBinding> for Binding {
    fn from(wire: WireBinding) -> Self {
        let WireBinding(Bytes(host_key), Bytes(session_id), Bytes(signature), is_forwarding) = wire;
        Self {
            host_key,
            session_id,
            signature,
            is_forwarding,
        }
    }
}

impl From<WireDestination> for Destination {
    fn from(wire: WireDestination) -> Self {
        let WireDestination(Text(from_host), from_keys, Text(to_user), Text(to_host), to_keys) =
            wire;
        Self {
            from_host,
            from_keys: from_keys.map(Into::into),
            to_user,
            to_host,
            to_keys: to_keys.map(Into::into),
        }
    }
}

impl From<WireHostKey> for HostKey {
    fn from(wire: WireHostKey) -> Self {
        let WireHostKey(Bytes(blob), is_authority) = wire;
        Self { blob, is_authority }
    }
}
