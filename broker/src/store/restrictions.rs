//! The stored form of restrictions.
//!
//! Specs: RFC 4253 §6.6 (public key blobs), in base64 as in `known_hosts`.

use serde::{Deserialize, Serialize};
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::damage::Damage;
use sshtpm_core::restrictions::{
    Confirmation, Destination, Destinations, Forwarding, Hop, HostKey, Namespaces, Restrictions,
    Screen, UserPattern,
};
use sshtpm_ssh::purpose::{Purpose, Purposes};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRestrictions {
    purposes: Vec<String>,
    /// None means all.
    namespaces: Vec<String>,
    /// None means everywhere.
    destinations: Vec<StoredDestination>,
    forwarding: bool,
    confirm: bool,
    /// From version 5 of the record on; there it has to be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    while_unlocked: Option<bool>,
}

/// Whether the version of a record has rules on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenRule {
    Missing,
    Said,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredDestination {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<StoredHop>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    to: StoredHop,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHop {
    host: String,
    keys: Vec<StoredHostKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHostKey {
    /// Key type and base64 blob.
    key: String,
    authority: bool,
}

impl StoredRestrictions {
    /// # Errors
    ///
    /// A host key has no text.
    pub(super) fn of(restrictions: &Restrictions) -> Result<Self, Damage> {
        let purposes = restrictions.purposes.iter();
        let destinations = restrictions.destinations.named().iter();
        Ok(Self {
            purposes: purposes.map(|one| one.name().to_owned()).collect(),
            namespaces: restrictions.namespaces.named().to_vec(),
            destinations: destinations
                .map(StoredDestination::of)
                .collect::<Result<_, _>>()?,
            forwarding: restrictions.forwarding == Forwarding::Allowed,
            confirm: restrictions.confirmation == Confirmation::EachUse,
            while_unlocked: Some(restrictions.screen == Screen::Unlocked),
        })
    }

    /// # Errors
    ///
    /// They are malformed, or not those of a record with `rule`.
    pub(super) fn parse(self, rule: ScreenRule) -> Result<Restrictions, Damage> {
        let screen = match (rule, self.while_unlocked) {
            (ScreenRule::Missing, None) | (ScreenRule::Said, Some(false)) => Screen::InAnyState,
            (ScreenRule::Said, Some(true)) => Screen::Unlocked,
            _ => return Err(Damage::Restrictions),
        };
        let purposes: Option<Vec<_>> = self
            .purposes
            .iter()
            .map(|one| Purpose::parse(one))
            .collect();
        let destinations = self.destinations.into_iter().map(StoredDestination::parse);
        let destinations = destinations.collect::<Result<Vec<_>, _>>()?;
        let restrictions = Restrictions {
            purposes: purposes
                .and_then(Purposes::of)
                .ok_or(Damage::Restrictions)?,
            namespaces: Namespaces::new(self.namespaces).map_err(|_| Damage::Restrictions)?,
            destinations: Destinations::new(destinations).map_err(|_| Damage::Restrictions)?,
            forwarding: if self.forwarding {
                Forwarding::Allowed
            } else {
                Forwarding::Forbidden
            },
            confirmation: if self.confirm {
                Confirmation::EachUse
            } else {
                Confirmation::NotNeeded
            },
            screen,
        };
        let fit = restrictions.fit_together();
        fit.then_some(restrictions).ok_or(Damage::Restrictions)
    }
}

impl StoredDestination {
    fn of(destination: &Destination) -> Result<Self, Damage> {
        let user = destination.user.as_ref();
        Ok(Self {
            from: destination.from.as_ref().map(StoredHop::of).transpose()?,
            user: user.map(|user| user.as_str().to_owned()),
            to: StoredHop::of(&destination.to)?,
        })
    }

    fn parse(self) -> Result<Destination, Damage> {
        let user = self.user.map(UserPattern::of_record).transpose();
        Ok(Destination {
            from: self.from.map(StoredHop::parse).transpose()?,
            user: user.map_err(|_| Damage::Restrictions)?,
            to: self.to.parse()?,
        })
    }
}

impl StoredHop {
    fn of(hop: &Hop) -> Result<Self, Damage> {
        let keys = hop.keys().iter().map(StoredHostKey::of);
        Ok(Self {
            host: hop.host().to_owned(),
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    fn parse(self) -> Result<Hop, Damage> {
        let keys = self.keys.into_iter().map(StoredHostKey::parse);
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        Hop::new(self.host, keys).map_err(|_| Damage::Restrictions)
    }
}

impl StoredHostKey {
    fn of(host_key: &HostKey) -> Result<Self, Damage> {
        let key = PublicKey::from(host_key.key.clone());
        Ok(Self {
            key: key.to_openssh().map_err(|_| Damage::Restrictions)?,
            authority: host_key.is_authority,
        })
    }

    fn parse(self) -> Result<HostKey, Damage> {
        let key = PublicKey::from_openssh(&self.key).map_err(|_| Damage::Restrictions)?;
        Ok(HostKey {
            key: KeyData::from(key),
            is_authority: self.authority,
        })
    }
}
