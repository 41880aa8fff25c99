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
    let bytes: &[u8] = serde_bytes::deserialize(deserializer)?;
    if bytes.len() > MOST {
        let length = bytes.len();
        return Err(de::Error::custom(format!(
            "a value has {length} bytes where at most {MOST} are allowed"
        )));
    }
    Ok(bytes.to_vec())
}

/// Decodes a text of at most `MOST` bytes (`s`).
///
/// # Errors
///
/// It has more, or is not a text.
pub fn text<'de, D: Deserializer<'de>, const MOST: usize>(
    deserializer: D,
) -> Result<String, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    if text.len() > MOST {
        let length = text.len();
        return Err(de::Error::custom(format!(
            "a name or text has {length} bytes where at most {MOST} are allowed"
        )));
    }
    Ok(text.to_owned())
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
