//! Options as they come: names, each with a value of one of the types that an option can have.

use std::collections::HashMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use sshtpm_dbus::Destination;
use sshtpm_ssh::session::Binding;
use zbus::Type;

use super::value::{Text, Value};
use crate::bus::front_door::Rejected;

/// Options that are decoded and not yet taken.
#[derive(Debug, Type)]
#[zbus(signature = "a{sv}")]
pub(in crate::bus) struct Options(HashMap<String, Value>);

/// More than any method knows; the sender of more is told so at once.
pub(super) const MOST_OPTIONS: usize = 16;

impl Options {
    /// # Errors
    ///
    /// There is an option that was not taken.
    pub(in crate::bus) fn finish(self) -> Result<(), Rejected> {
        match self.0.keys().min() {
            None => Ok(()),
            Some(name) => Err(Rejected::invalid(format!("unknown option {name:?}"))),
        }
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<u32>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(_) => Err(wrong_type(name, "u")),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Flag(flag)) => Ok(Some(flag)),
            Some(_) => Err(wrong_type(name, "b")),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(name, "s")),
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Texts(texts)) => Ok(Some(texts)),
            Some(_) => Err(wrong_type(name, "as")),
        }
    }

    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            Some(_) => Err(wrong_type(name, "ay")),
        }
    }

    pub(super) fn bindings(&mut self, name: &str) -> Result<Option<Vec<Binding>>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Sessions(bindings)) => Ok(Some(bindings)),
            Some(_) => Err(wrong_type(name, "a(ayayayb)")),
        }
    }

    pub(super) fn hosts(&mut self, name: &str) -> Result<Option<Vec<Destination>>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Destinations(named)) => Ok(Some(named)),
            Some(_) => Err(wrong_type(name, "a(sa(ayb)ssa(ayb))")),
        }
    }
}

fn wrong_type(name: &str, signature: &str) -> Rejected {
    Rejected::invalid(format!("option {name} must be of type {signature}"))
}

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries).map(Self)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = HashMap<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("options")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut options = HashMap::new();
        while let Some(Text(name)) = map.next_key()? {
            if options.len() == MOST_OPTIONS {
                return Err(de::Error::custom(format!(
                    "more than {MOST_OPTIONS} options"
                )));
            }
            if options.contains_key(&name) {
                return Err(de::Error::custom(format!("option {name:?} is there twice")));
            }
            let value = map.next_value()?;
            options.insert(name, value);
        }
        Ok(options)
    }
}
