//! What an option can be, and no more than that: each length and count is bounded as it is decoded.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use sshtpm_dbus::{Destination, WireBinding, bounded};
use sshtpm_ssh::limits::{MAX_DESTINATIONS, MAX_NAME_BYTES, MAX_NAMESPACES, MAX_SESSIONS};
use sshtpm_ssh::session::Binding;
use zbus::{Signature, Type};

/// What an option can be.
#[derive(Debug)]
pub(super) enum Value {
    /// `u`
    Number(u32),
    /// `b`
    Flag(bool),
    /// `s`
    Text(String),
    /// `ay`
    Bytes(Vec<u8>),
    /// `as`
    Texts(Vec<String>),
    /// `a(sa(ayb)ssa(ayb))`
    Destinations(Vec<Destination>),
    /// `a(ayayayb)`
    Sessions(Vec<Binding>),
}

/// Longest name or text, in bytes: a user name is the longest there is (`LOGIN_NAME_MAX`).
pub(super) const MAX_TEXT_BYTES: usize = MAX_NAME_BYTES;

/// Most bytes in an option: the public key blob of an Ed25519 key has as many (RFC 8709, §4).
const MAX_BYTES: usize = 51;

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
        } else if signature == *Vec::<u8>::SIGNATURE {
            next(&mut seq, 1).map(|Bytes(bytes)| Value::Bytes(bytes))
        } else if signature == *Vec::<String>::SIGNATURE {
            let texts: List<Text, MAX_TEXTS> = next(&mut seq, 1)?;
            Ok(Value::Texts(
                texts.0.into_iter().map(|Text(text)| text).collect(),
            ))
        } else if signature == *Vec::<Destination>::SIGNATURE {
            let destinations: List<Destination, MAX_DESTINATIONS> = next(&mut seq, 1)?;
            Ok(Value::Destinations(destinations.0))
        } else if signature == *Vec::<WireBinding>::SIGNATURE {
            let sessions: List<WireBinding, MAX_SESSIONS> = next(&mut seq, 1)?;
            Ok(Value::Sessions(
                sessions.0.into_iter().map(|WireBinding(one)| one).collect(),
            ))
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
        bounded::text::<D, MAX_TEXT_BYTES>(deserializer).map(Self)
    }
}

/// At most [`MAX_BYTES`].
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded::bytes::<D, MAX_BYTES>(deserializer).map(Self)
    }
}

/// At most `MOST` elements.
struct List<T, const MOST: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for List<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded::list::<D, T, MOST>(deserializer).map(Self)
    }
}
