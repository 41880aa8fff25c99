//! Values as the text that they have elsewhere.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

pub(super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| D::Error::custom(UNKNOWN))
}

const UNKNOWN: &str = "a text that stands for nothing here";

/// The same, of a value that may be missing.
pub(super) mod optional {
    use super::{Deserializer, Display, FromStr, Serializer};

    pub(in crate::claims) fn serialize<S: Serializer>(
        value: &Option<impl Display>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(in crate::claims) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        super::deserialize(from).map(Some)
    }
}

/// A value with a word.
pub(super) mod word {
    use super::{Deserializer, Serializer, UNKNOWN};
    use crate::word::Word;
    use serde::Deserialize as _;
    use serde::de::Error as _;

    pub(in crate::claims) fn serialize<S: Serializer>(
        value: &impl Word,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(value.word())
    }

    pub(in crate::claims) fn deserialize<'de, T: Word, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        let word = String::deserialize(from)?;
        T::of_word(&word).ok_or_else(|| D::Error::custom(UNKNOWN))
    }
}

/// The words of purposes.
pub(super) mod purposes {
    use super::{Deserializer, Serializer, UNKNOWN};
    use crate::purpose::{Purpose, Purposes};
    use serde::Deserialize as _;
    use serde::de::Error as _;

    pub(in crate::claims) fn serialize<S: Serializer>(
        purposes: &Purposes,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(purposes.iter().map(Purpose::name))
    }

    pub(in crate::claims) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Purposes, D::Error> {
        let words = Vec::<String>::deserialize(from)?;
        let purposes: Option<Vec<_>> = words.iter().map(|word| Purpose::parse(word)).collect();
        let purposes = purposes.and_then(Purposes::of);
        purposes.ok_or_else(|| D::Error::custom(UNKNOWN))
    }
}
