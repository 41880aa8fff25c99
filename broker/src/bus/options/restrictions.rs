//! The options that say what a key may be used for.

use sshtpm_dbus::option;

use super::decoded::Options;
use super::destinations;
use crate::bus::front_door::Rejected;
use sshtpm_core::restrictions::{
    Change, Confirmation, Destinations, Forwarding, Namespaces, Screen,
};
use sshtpm_ssh::purpose::{AnyPurpose, Purpose, Purposes};

impl Options {
    /// Takes `purposes` (`as`), `namespaces` (`as`), `destinations` (`a(sa(ayb)ssa(ayb))`),
    /// `forwarding` (`b`), `confirm` (`b`) and `while-unlocked` (`b`).
    pub(in crate::bus) fn restrictions(&mut self) -> Result<Change, Rejected> {
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

    /// Takes `purposes` (`as`), by which keys are chosen.
    pub(in crate::bus) fn any_purpose(&mut self) -> Result<Option<AnyPurpose>, Rejected> {
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
        let named = self.hosts(option::DESTINATIONS)?;
        named.map(destinations::parse).transpose()
    }
}

fn no_purpose() -> Rejected {
    Rejected::invalid("name at least one purpose")
}
