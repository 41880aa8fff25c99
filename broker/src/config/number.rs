//! A number with bounds.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

/// A whole number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) struct Number<const LEAST: u16, const MOST: u16>(u16);

impl<const LEAST: u16, const MOST: u16> Number<LEAST, MOST> {
    /// A number that is written in the source, where one out of bounds does not compile.
    pub(super) const fn of<const NUMBER: u16>() -> Self {
        const { assert!(LEAST <= NUMBER && NUMBER <= MOST) };
        Self(NUMBER)
    }

    pub(super) fn get(self) -> u16 {
        self.0
    }
}

impl<'de, const LEAST: u16, const MOST: u16> Deserialize<'de> for Number<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_i64(Bounded::<LEAST, MOST>)
            .map(Self)
    }
}

/// Says the bounds whatever is wrong.
struct Bounded<const LEAST: u16, const MOST: u16>;

impl<const LEAST: u16, const MOST: u16> Visitor<'_> for Bounded<LEAST, MOST> {
    type Value = u16;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u16, E> {
        match u16::try_from(number) {
            Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
            _ => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }
}
