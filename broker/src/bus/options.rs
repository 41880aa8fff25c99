//! The trailing `a{sv}` of every method.
//!
//! An option that is not known is an error: a client that asks for a restriction must not get a
//! key without it because the broker is older than the client. They are decoded before anybody
//! knows who is calling, so decoding takes no more than an option can be ([`value`]): a value of
//! another type, or one that is too long, ends it.

mod destinations;
mod value;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use sshtpm_dbus::{Error, option};
use sshtpm_ssh::error_kind::ErrorKind;
use zbus::Type;

use self::value::{Text, Value};
use super::front_door::Rejected;
use super::users::{self, NotFound};
use sshtpm_core::client::ClientName;
use sshtpm_core::derivation::DerivedFrom;
use sshtpm_core::error::RequestError;
use sshtpm_core::identity::{Caller, Owner, Uid, UserName};
use sshtpm_core::orphans::{NotAPlace, Place};
use sshtpm_core::requests::RawKeys;
use sshtpm_core::restrictions::{
    Change, Confirmation, Destinations, Forwarding, Namespaces, Screen,
};
use sshtpm_core::session::Sessions;
use sshtpm_ssh::derived::{Hierarchy, Label, Template};
use sshtpm_ssh::endorsement::EndorsementHash;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::limits::MAX_SESSIONS;
use sshtpm_ssh::pcr::PcrSelection;
use sshtpm_ssh::purpose::{AnyPurpose, Purpose, Purposes};
use sshtpm_ssh::word::Word as _;

/// Options that are decoded and not yet taken.
#[derive(Debug, Type)]
#[zbus(signature = "a{sv}")]
pub(super) struct Options(HashMap<String, Value>);

/// More than any method knows; the sender of more is told so at once.
const MOST_OPTIONS: usize = 16;

impl Options {
    /// Takes `bits` (`u`).
    pub(super) fn bits(&mut self) -> Result<Option<u32>, Rejected> {
        self.number(option::BITS)
    }

    /// Takes `pin` (`u`), the number of a secret.
    pub(super) fn pin(&mut self) -> Result<Option<u32>, Rejected> {
        self.number(option::PIN)
    }

    /// Takes `new-pin` (`u`), the number of a secret.
    pub(super) fn new_pin(&mut self) -> Result<Option<u32>, Rejected> {
        self.number(option::NEW_PIN)
    }

    /// Takes `seconds` (`u`).
    pub(super) fn seconds(&mut self) -> Result<Option<Duration>, Rejected> {
        match self.number(option::SECONDS)? {
            Some(0) => Err(Rejected::invalid("option seconds must be at least 1")),
            seconds => Ok(seconds.map(|seconds| Duration::from_secs(seconds.into()))),
        }
    }

    /// Takes `owner` (`s`), and finds that user when it is the turn of `caller`.
    pub(super) async fn owner(&mut self, caller: &Caller) -> Result<Option<Owner>, Rejected> {
        let Some(name) = self.text(option::OWNER)? else {
            return Ok(None);
        };
        let found = match UserName::new(name.clone()) {
            Some(name) => users::by_name(name, caller.owner.uid()).await,
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

    /// Takes `purposes` (`as`), `namespaces` (`as`), `destinations` (`a(sa(ayb)ssa(ayb))`),
    /// `forwarding` (`b`), `confirm` (`b`) and `while-unlocked` (`b`).
    pub(super) fn restrictions(&mut self) -> Result<Change, Rejected> {
        let forwarding = self.flag(option::FORWARDING)?;
        let confirm = self.flag(option::CONFIRM)?;
        let while_unlocked = self.flag(option::WHILE_UNLOCKED)?;
        Ok(Change {
            purposes: self.purposes()?,
            namespaces: self.namespaces()?,
            destinations: self.destinations()?,
            forwarding: forwarding.map(|allowed| match allowed {
                true => Forwarding::Allowed,
                false => Forwarding::Forbidden,
            }),
            confirmation: confirm.map(|confirm| match confirm {
                true => Confirmation::EachUse,
                false => Confirmation::NotNeeded,
            }),
            screen: while_unlocked.map(|needs| match needs {
                true => Screen::Unlocked,
                false => Screen::InAnyState,
            }),
        })
    }

    /// Takes `backed-up` (`b`).
    pub(super) fn backed_up(&mut self) -> Result<bool, Rejected> {
        Ok(self.flag(option::BACKED_UP)?.unwrap_or(false))
    }

    /// Takes `rebind` (`b`).
    pub(super) fn rebinds(&mut self) -> Result<bool, Rejected> {
        Ok(self.flag(option::REBIND)?.unwrap_or(false))
    }

    /// Takes `rsa` (`b`).
    pub(super) fn rsa(&mut self) -> Result<bool, Rejected> {
        Ok(self.flag(option::RSA)?.unwrap_or(false))
    }

    /// Takes `derived` (`s`), `label` (`s`) and `template` (`s`).
    pub(super) fn derived(&mut self) -> Result<Option<DerivedFrom>, Rejected> {
        let (hierarchy, label) = (self.text(option::DERIVED)?, self.text(option::LABEL)?);
        let template = self.text(option::TEMPLATE)?;
        let Some(hierarchy) = hierarchy else {
            return match (label, template) {
                (None, None) => Ok(None),
                _ => Err(Rejected::invalid(
                    "options label and template need option derived",
                )),
            };
        };
        let hierarchy = Hierarchy::of_word(&hierarchy).ok_or_else(|| {
            Rejected::invalid("option derived must be \"owner\", \"endorsement\" or \"null\"")
        })?;
        let label = label.unwrap_or_default().parse::<Label>();
        let label = label.map_err(|error| Rejected::invalid(error.to_string()))?;
        match template.map(|word| Template::of_word(&word)) {
            None | Some(Some(Template::Sshtpm)) => Ok(Some(DerivedFrom::Label(hierarchy, label))),
            Some(Some(Template::SshTpmAgent)) if label.as_str().is_empty() => {
                Ok(Some(DerivedFrom::SshTpmAgent(hierarchy)))
            }
            Some(_) => Err(Rejected::invalid(
                "option template must be \"sshtpm\", or \"ssh-tpm-agent\" without option label",
            )),
        }
    }

    /// Takes `pcrs` (`s`).
    pub(super) fn pcrs(&mut self) -> Result<Option<PcrSelection>, Rejected> {
        let pcrs = self.text(option::PCRS)?.map(|text| text.parse());
        Ok(pcrs.transpose().map_err(RequestError::Pcrs)?)
    }

    /// Takes `public-key` (`ay`).
    pub(super) fn public_key(&mut self) -> Result<Option<Vec<u8>>, Rejected> {
        match self.0.remove(option::PUBLIC_KEY) {
            None => Ok(None),
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            Some(_) => Err(wrong_type(option::PUBLIC_KEY, "ay")),
        }
    }

    /// Takes `sessions` (`a(ayayayb)`).
    pub(super) fn sessions(&mut self) -> Result<Sessions, Rejected> {
        let bindings = match self.0.remove(option::SESSIONS) {
            None => Vec::new(),
            Some(Value::Sessions(bindings)) => bindings,
            Some(_) => return Err(wrong_type(option::SESSIONS, "a(ayayayb)")),
        };
        Sessions::new(bindings).ok_or_else(|| {
            Rejected::invalid(format!(
                "option sessions has at most {MAX_SESSIONS} sessions"
            ))
        })
    }

    /// Takes `client` (`s`).
    pub(super) fn client(&mut self) -> Result<Option<ClientName>, Rejected> {
        let Some(name) = self.text(option::CLIENT)? else {
            return Ok(None);
        };
        let invalid = "option client must be the name of a program: graphic ASCII characters, none \
                       of $ \" ' ` < > &";
        ClientName::new(name)
            .map(Some)
            .ok_or_else(|| Rejected::invalid(invalid))
    }

    /// Takes `raw` (`b`).
    pub(super) fn raw_keys(&mut self) -> Result<RawKeys, Rejected> {
        Ok(match self.flag(option::RAW)? {
            Some(true) => RawKeys::Meant,
            Some(false) | None => RawKeys::NotMeant,
        })
    }

    /// Takes `key` (`s`).
    pub(super) fn key(&mut self) -> Result<Option<Fingerprint>, Rejected> {
        let key = self.text(option::KEY)?.map(|text| text.parse());
        Ok(key.transpose().map_err(|_| RequestError::Fingerprint)?)
    }

    /// Takes `endorsement-key` (`s`).
    pub(super) fn endorsement_key(&mut self) -> Result<Option<EndorsementHash>, Rejected> {
        let hash = self.text(option::ENDORSEMENT_KEY)?.map(|text| text.parse());
        Ok(hash.transpose().map_err(RequestError::EndorsementKey)?)
    }

    /// Takes `uid` (`u`).
    pub(super) fn uid(&mut self) -> Result<Option<Uid>, Rejected> {
        Ok(self.number(option::UID)?.map(Uid))
    }

    /// Takes `after` (`s`), where an earlier list ended.
    pub(super) fn after(&mut self) -> Result<Option<Place>, Rejected> {
        let after = self.text(option::AFTER)?.map(|text| text.parse());
        Ok(after
            .transpose()
            .map_err(|NotAPlace| RequestError::NotAPlace)?)
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

    /// Takes `purposes` (`as`), by which keys are chosen.
    pub(super) fn any_purpose(&mut self) -> Result<Option<AnyPurpose>, Rejected> {
        let named = self.named_purposes()?;
        let any = named.map(|named| AnyPurpose::of(named).ok_or_else(no_purpose));
        any.transpose()
    }

    /// Takes `purposes` (`as`) of a key.
    fn purposes(&mut self) -> Result<Option<Purposes>, Rejected> {
        let Some(named) = self.named_purposes()? else {
            return Ok(None);
        };
        if named.is_empty() {
            return Err(no_purpose());
        }
        let beside_raw = "a key for raw is for nothing else: it signs digests of anything; name \
                          other purposes without raw";
        let purposes = Purposes::of(named).ok_or_else(|| Rejected::invalid(beside_raw));
        purposes.map(Some)
    }

    fn named_purposes(&mut self) -> Result<Option<Vec<Purpose>>, Rejected> {
        let Some(names) = self.texts(option::PURPOSES)? else {
            return Ok(None);
        };
        let parse = |name: &String| {
            let unknown = || Rejected::invalid(format!("there is no purpose {name:?}"));
            Purpose::parse(name).ok_or_else(unknown)
        };
        names.iter().map(parse).collect::<Result<_, _>>().map(Some)
    }

    fn namespaces(&mut self) -> Result<Option<Namespaces>, Rejected> {
        let names = self.texts(option::NAMESPACES)?;
        let namespaces = names.map(Namespaces::new).transpose();
        namespaces.map_err(|error| Rejected::invalid(error.to_string()))
    }

    fn destinations(&mut self) -> Result<Option<Destinations>, Rejected> {
        match self.0.remove(option::DESTINATIONS) {
            None => Ok(None),
            Some(Value::Destinations(named)) => destinations::parse(named).map(Some),
            Some(_) => Err(wrong_type(option::DESTINATIONS, "a(sa(ayb)ssa(ayb))")),
        }
    }

    fn number(&mut self, name: &str) -> Result<Option<u32>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(_) => Err(wrong_type(name, "u")),
        }
    }

    fn flag(&mut self, name: &str) -> Result<Option<bool>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Flag(flag)) => Ok(Some(flag)),
            Some(_) => Err(wrong_type(name, "b")),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(name, "s")),
        }
    }

    fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Rejected> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Texts(texts)) => Ok(Some(texts)),
            Some(_) => Err(wrong_type(name, "as")),
        }
    }
}

fn no_purpose() -> Rejected {
    Rejected::invalid("name at least one purpose")
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

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::value::MAX_TEXT_BYTES;
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
    fn a_public_key_has_at_most_the_bytes_of_one() {
        let sent = |length| HashMap::from([("public-key", Variant::from(vec![1_u8; length]))]);
        let mut options = decode(&sent(51)).expect("options");
        assert_eq!(options.public_key().expect("bytes"), Some(vec![1; 51]));
        assert!(decode(&sent(52)).is_err());
        let text = HashMap::from([("public-key", Variant::from("ssh-ed25519"))]);
        assert!(decode(&text).expect("options").public_key().is_err());
    }

    #[test]
    fn a_value_of_a_type_that_no_option_has_is_not_decoded() {
        for value in [
            Variant::from(vec![0_u16; 4]),
            Variant::from(1_u64),
            Variant::new(Variant::from(1_u32)),
        ] {
            assert!(decode(&HashMap::from([("owner", value)])).is_err());
        }
    }

    #[test]
    fn long_texts_and_many_options_are_refused() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
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
