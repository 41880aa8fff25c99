//! Words on the wire.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use sshtpm_ssh::word::Word;
use zbus::{OwnedVariant, Signature, Type, Variant};

/// A value that is one word (`s`). Decoding refuses an unknown word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireWord<T>(pub T);

impl<T: PartialEq> PartialEq<T> for WireWord<T> {
    fn eq(&self, other: &T) -> bool {
        self.0 == *other
    }
}

impl<T: Word> Type for WireWord<T> {
    const SIGNATURE: &'static Signature = <&str>::SIGNATURE;
}

impl<T: Word> Serialize for WireWord<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de, T: Word> Deserialize<'de> for WireWord<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = <&str>::deserialize(deserializer)?;
        let unknown = || de::Error::custom(format!("the word {word:?} is unknown"));
        T::of_word(word).map(Self).ok_or_else(unknown)
    }
}

impl<T: Word> From<WireWord<T>> for Variant<'_> {
    fn from(WireWord(value): WireWord<T>) -> Self {
        Self::from(value.word())
    }
}

impl<T: Word> TryFrom<OwnedVariant> for WireWord<T> {
    type Error = zbus::Error;

    fn try_from(value: OwnedVariant) -> Result<Self, Self::Error> {
        let word = String::try_from(value)?;
        let unknown = || zbus::Error::Failure(format!("the word {word:?} is unknown"));
        T::of_word(&word).map(Self).ok_or_else(unknown)
    }
}

impl<T: fmt::Display> fmt::Display for WireWord<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
