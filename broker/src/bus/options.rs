//! The trailing `a{sv}` of every method.
//!
//! An option that is not known is an error: a client that asks for a restriction must not get a
//! key without it because the broker is older than the client. They are decoded before anybody
//! knows who is calling, so decoding takes no more than an option can be ([`value`]): a value of
//! another type, or one that is too long, ends it.

mod decoded;
mod derived;
mod destinations;
mod owner;
mod restrictions;
mod value;

use std::time::Duration;

use sshtpm_dbus::option;

pub(super) use self::decoded::Options;
use super::front_door::Rejected;
use sshtpm_core::client::ClientName;
use sshtpm_core::error::RequestError;
use sshtpm_core::identity::Uid;
use sshtpm_core::orphans::{NotAPlace, Place};
use sshtpm_core::requests::RawKeys;
use sshtpm_core::session::Sessions;
use sshtpm_ssh::endorsement::EndorsementHash;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::limits::MAX_SESSIONS;
use sshtpm_ssh::pcr::PcrSelection;

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

    /// Takes `pcrs` (`s`).
    pub(super) fn pcrs(&mut self) -> Result<Option<PcrSelection>, Rejected> {
        let pcrs = self.text(option::PCRS)?.map(|text| text.parse());
        Ok(pcrs.transpose().map_err(RequestError::Pcrs)?)
    }

    /// Takes `public-key` (`ay`).
    pub(super) fn public_key(&mut self) -> Result<Option<Vec<u8>>, Rejected> {
        self.bytes(option::PUBLIC_KEY)
    }

    /// Takes `sessions` (`a(ayayayb)`).
    pub(super) fn sessions(&mut self) -> Result<Sessions, Rejected> {
        let bindings = self.bindings(option::SESSIONS)?.unwrap_or_default();
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
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::decoded::MOST_OPTIONS;
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
