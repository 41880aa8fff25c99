//! Decoding with bounds: no field of a message becomes longer in memory than it may be.
//!
//! zbus decodes arguments before the broker knows who sent them, so the length of each is checked
//! while it is decoded.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// Decodes at most `MOST` bytes (`ay`).
///
/// # Errors
///
/// There are more, or they are not bytes.
pub fn bytes<'de, D: Deserializer<'de>, const MOST: usize>(
    deserializer: D,
) -> Result<Vec<u8>, D::Error> {
    deserializer.deserialize_bytes(Bytes::<MOST>)
}

/// Decodes a text of at most `MOST` bytes (`s`).
///
/// # Errors
///
/// It has more, or is not a text.
pub fn text<'de, D: Deserializer<'de>, const MOST: usize>(
    deserializer: D,
) -> Result<String, D::Error> {
    deserializer.deserialize_str(Text::<MOST>)
}

/// Decodes at most `MOST` elements (`a…`).
///
/// # Errors
///
/// There are more, or one of them cannot be decoded.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MOST: usize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(Elements::<T, MOST>(PhantomData))
}

struct Bytes<const MOST: usize>;

impl<'de, const MOST: usize> Visitor<'de> for Bytes<MOST> {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MOST} bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        match bytes.len() {
            length if length > MOST => Err(E::custom(format!(
                "a value has {length} bytes where at most {MOST} are allowed"
            ))),
            _ => Ok(bytes.to_vec()),
        }
    }

    /// Formats without bytes, such as JSON, have numbers.
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Elements::<u8, MOST>(PhantomData).visit_seq(seq)
    }
}

struct Text<const MOST: usize>;

impl<const MOST: usize> Visitor<'_> for Text<MOST> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text of at most {MOST} bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.len() {
            length if length > MOST => Err(E::custom(format!(
                "a name or text has {length} bytes where at most {MOST} are allowed"
            ))),
            _ => Ok(text.to_owned()),
        }
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
                    "a list has more than {MOST} elements"
                )));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}
