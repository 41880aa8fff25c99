//! The trailing `a{sv}` of every method.
//!
//! An option that is not known is an error: a client that asks for a restriction must not get a
//! key without it because the broker is older than the client. They are decoded before anybody
//! knows who is calling, so decoding takes no more than an option can be: a value of another type,
//! which could be an array that fills a message, ends it.

use std::collections::HashMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use sshtpm_dbus::{Error, ErrorKind, option};
use zbus::{Signature, Type};

use super::front_door::Rejected;
use super::users::{self, NotFound};
use crate::core::identity::{Owner, UserName};

/// Options that nobody has looked at yet.
#[derive(Debug, Type)]
#[zbus(signature = "a{sv}")]
pub(super) struct Options(HashMap<String, Value>);

/// What an option can be.
#[derive(Debug)]
enum Value {
    /// `u`
    Number(u32),
    /// `s`
    Text(String),
}

/// More than any method knows; the sender of more is told so at once.
const MOST_OPTIONS: usize = 16;

/// Longest name or text, in bytes: a user name is the longest there is (`LOGIN_NAME_MAX`).
const MOST_TEXT: usize = 256;

impl Options {
    /// Takes `bits` (`u`).
    pub(super) fn bits(&mut self) -> Result<Option<u32>, Rejected> {
        match self.0.remove(option::BITS) {
            None => Ok(None),
            Some(Value::Number(bits)) => Ok(Some(bits)),
            Some(Value::Text(_)) => Err(wrong_type(option::BITS, "u")),
        }
    }

    /// Takes `owner` (`s`), and finds that user.
    pub(super) async fn owner(&mut self) -> Result<Option<Owner>, Rejected> {
        let name = match self.0.remove(option::OWNER) {
            None => return Ok(None),
            Some(Value::Text(name)) => name,
            Some(Value::Number(_)) => return Err(wrong_type(option::OWNER, "s")),
        };
        let found = match UserName::new(name.clone()) {
            Some(name) => users::by_name(name).await,
            None => Err(NotFound::NoSuchUser),
        };
        found.map(Some).map_err(|not_found| {
            Rejected::Bus(match not_found {
                NotFound::NoSuchUser => {
                    Error::new(ErrorKind::NoSuchUser, format!("no user is named {name:?}"))
                }
                NotFound::NoAnswer => users::no_answer(),
            })
        })
    }

    /// # Errors
    ///
    /// There is an option that was not taken.
    pub(super) fn finish(self) -> Result<(), Rejected> {
        match self.0.keys().min() {
            None => Ok(()),
            Some(name) => Err(Rejected::invalid(format!("unknown option {name:?}"))),
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
        f.write_str("a value of type u or s")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let missing = |at| de::Error::invalid_length(at, &AnyValue);
        let signature: Signature = seq.next_element()?.ok_or_else(|| missing(0))?;
        match signature {
            Signature::U32 => {
                let number = seq.next_element()?.ok_or_else(|| missing(1))?;
                Ok(Value::Number(number))
            }
            Signature::Str => {
                let Text(text) = seq.next_element()?.ok_or_else(|| missing(1))?;
                Ok(Value::Text(text))
            }
            _ => Err(de::Error::custom(
                "no option has a value of this type; they are u or s",
            )),
        }
    }
}

/// A text of at most [`MOST_TEXT`] bytes.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        match text.len() {
            0..=MOST_TEXT => Ok(Self(text.to_owned())),
            length => Err(de::Error::custom(format!(
                "an option's name or text has {length} bytes; at most {MOST_TEXT} are allowed"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zbus::Variant;
    use zbus::message::Message;

    fn decode(options: &HashMap<&str, Variant<'_>>) -> Result<Options, zbus::Error> {
        let call = Message::method_call("/", "M")
            .build(options)
            .expect("a message");
        call.body().deserialize()
    }

    #[test]
    fn numbers_and_texts_are_options() {
        let sent = HashMap::from([("bits", Variant::from(2048_u32)), ("x", Variant::from("y"))]);
        let mut options = decode(&sent).expect("options");
        assert_eq!(options.bits().expect("a number"), Some(2048));
        assert!(options.finish().is_err(), "x is no option");
        assert!(decode(&HashMap::new()).expect("none").finish().is_ok());
    }

    #[test]
    fn a_value_of_a_type_that_no_option_has_is_not_decoded() {
        for value in [
            Variant::from(vec![0_u8; 1024]),
            Variant::from(true),
            Variant::from(vec!["a"]),
            Variant::new(Variant::from(1_u32)),
        ] {
            assert!(decode(&HashMap::from([("owner", value)])).is_err());
        }
    }

    #[test]
    fn long_texts_and_many_options_are_refused() {
        let long = "x".repeat(MOST_TEXT + 1);
        assert!(decode(&HashMap::from([("owner", Variant::from(long.as_str()))])).is_err());
        assert!(decode(&HashMap::from([(long.as_str(), Variant::from(1_u32))])).is_err());
        let names: Vec<_> = (0..=MOST_OPTIONS)
            .map(|number| number.to_string())
            .collect();
        let many = names
            .iter()
            .map(|name| (name.as_str(), Variant::from(1_u32)));
        assert!(decode(&many.collect()).is_err());
    }
}
