//! A change of what a key may be used for, and which changes there are of raw keys.
//!
//! A raw key signs what nobody can read, so what is held against data of SSH would promise too much
//! of it. It is raw from the beginning to the end: a key that others trust for what it may sign
//! does not become one that signs anything.

use thiserror::Error;

use super::{
    Confirmation, Destinations, Forwarding, Hop, Namespaces, Purposes, Restrictions, Screen,
    UserPattern,
};
use sshtpm_ssh::text::first_harmful;

/// A change of restrictions; `None` leaves one as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The new purposes.
    pub purposes: Option<Purposes>,
    /// The new namespaces.
    pub namespaces: Option<Namespaces>,
    /// The new destinations.
    pub destinations: Option<Destinations>,
    /// The new rule on forwarding.
    pub forwarding: Option<Forwarding>,
    /// The new rule on confirmation.
    pub confirmation: Option<Confirmation>,
    /// The new rule on the screen.
    pub screen: Option<Screen>,
}

impl Change {
    /// The first character in a name of a host, a user or a namespace that is invisible, or changes
    /// how others are shown.
    pub(crate) fn first_harmful(&self) -> Option<char> {
        let namespaces = self.namespaces.iter().flat_map(Namespaces::named);
        let destinations = self.destinations.iter().flat_map(Destinations::named);
        let of_destinations = destinations.flat_map(|one| {
            let hosts = one.from.iter().chain([&one.to]).map(Hop::host);
            hosts.chain(one.user.as_ref().map(UserPattern::as_str))
        });
        let mut names = namespaces.map(String::as_str).chain(of_destinations);
        names.find_map(first_harmful)
    }

    /// Whether the key is to be raw.
    pub(crate) fn is_to_raw(&self) -> bool {
        self.purposes.is_some_and(|purposes| purposes.are_raw())
    }

    /// Whether it can be made of any key. No key has to be looked at for that.
    ///
    /// # Errors
    ///
    /// It says raw, and a limit that a raw key cannot have.
    pub(crate) fn fits_together(&self) -> Result<(), NotForRaw> {
        match self.is_to_raw() && self.limits_ssh() {
            true => Err(NotForRaw::Limited),
            false => Ok(()),
        }
    }

    /// Whether it says anything of what is held against data of SSH.
    fn limits_ssh(&self) -> bool {
        self.namespaces.is_some() || self.destinations.is_some() || self.forwarding.is_some()
    }

    /// The restrictions of a new key; `usual` are those of a key of which nothing is said.
    ///
    /// # Errors
    ///
    /// The key is to be raw and limited in a way that a raw key cannot be.
    pub(crate) fn of_new(self, usual: Restrictions) -> Result<Restrictions, NotForRaw> {
        match self.is_to_raw() {
            true => self.of_raw(usual),
            false => Ok(self.merged(usual)),
        }
    }

    /// The restrictions of a key after the change.
    ///
    /// # Errors
    ///
    /// The key would become raw, or no longer be raw; or it is raw and would be limited in a way
    /// that a raw key cannot be.
    pub(crate) fn apply(self, before: Restrictions) -> Result<Restrictions, NotForRaw> {
        let was_raw = before.purposes.are_raw();
        let is_raw = self.purposes.map_or(was_raw, |purposes| purposes.are_raw());
        match (was_raw, is_raw) {
            (true, true) => self.of_raw(before),
            (false, false) => Ok(self.merged(before)),
            _ => Err(NotForRaw::ForGood),
        }
    }

    fn of_raw(self, before: Restrictions) -> Result<Restrictions, NotForRaw> {
        if self.limits_ssh() {
            return Err(NotForRaw::Limited);
        }
        let merged = self.merged(before);
        Ok(Restrictions {
            confirmation: merged.confirmation,
            screen: merged.screen,
            ..Restrictions::only(merged.purposes)
        })
    }

    fn merged(self, before: Restrictions) -> Restrictions {
        Restrictions {
            purposes: self.purposes.unwrap_or(before.purposes),
            namespaces: self.namespaces.unwrap_or(before.namespaces),
            destinations: self.destinations.unwrap_or(before.destinations),
            forwarding: self.forwarding.unwrap_or(before.forwarding),
            confirmation: self.confirmation.unwrap_or(before.confirmation),
            screen: self.screen.unwrap_or(before.screen),
        }
    }
}

/// Why a raw key is not made or changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotForRaw {
    /// It was to be limited by what only data of SSH says.
    #[error(
        "a key for raw signs what the broker cannot read, so namespaces, destinations and \
         forwarding cannot limit it; leave out --namespace, --to, --via, --forwarding and \
         --no-forwarding; --pin, --confirm, --while-unlocked and --pcr work"
    )]
    Limited,
    /// It was to become raw, or to be raw no longer.
    #[error(
        "a key is for raw from the beginning and for good, or never; generate another one with \
         `sshtpm keygen`"
    )]
    ForGood,
}

#[cfg(test)]
mod tests {
    use super::*;
    use sshtpm_ssh::purpose::Purpose;

    fn ssh() -> Restrictions {
        Restrictions::only(Purposes::of_users())
    }

    fn raw() -> Restrictions {
        Restrictions::only(purposes([Purpose::Raw]))
    }

    fn purposes<const COUNT: usize>(named: [Purpose; COUNT]) -> Purposes {
        Purposes::of(named).expect("at least one")
    }

    fn to_raw() -> Change {
        Change {
            purposes: Purposes::of([Purpose::Raw]),
            ..Change::default()
        }
    }

    /// Each way to limit a key that does not go with raw, by itself.
    fn limits() -> [Change; 4] {
        let none = Change::default;
        [
            Change {
                namespaces: Some(Namespaces::all()),
                ..none()
            },
            Change {
                destinations: Some(Destinations::everywhere()),
                ..none()
            },
            Change {
                forwarding: Some(Forwarding::Allowed),
                ..none()
            },
            Change {
                forwarding: Some(Forwarding::Forbidden),
                ..none()
            },
        ]
    }

    #[test]
    fn a_new_raw_key_serves_no_other_machine() {
        let made = to_raw().of_new(ssh()).expect("fitting");
        assert_eq!(made, raw());
        assert_eq!(made.forwarding, Forwarding::Forbidden);
    }

    #[test]
    fn a_raw_key_takes_no_limit_of_ssh() {
        for limit in limits() {
            let new = Change {
                purposes: to_raw().purposes,
                ..limit.clone()
            };
            assert_eq!(new.of_new(ssh()), Err(NotForRaw::Limited));
            assert_eq!(limit.apply(raw()), Err(NotForRaw::Limited));
        }
    }

    #[test]
    fn a_raw_key_takes_confirmation_and_an_unlocked_screen() {
        let change = Change {
            confirmation: Some(Confirmation::EachUse),
            screen: Some(Screen::Unlocked),
            ..Change::default()
        };
        let changed = change.apply(raw()).expect("fitting");
        assert_eq!(changed.confirmation, Confirmation::EachUse);
        assert_eq!(changed.screen, Screen::Unlocked);
        assert!(changed.purposes.are_raw() && changed.fit_together());
    }

    #[test]
    fn no_change_makes_a_key_raw_or_ends_that() {
        assert_eq!(to_raw().apply(ssh()), Err(NotForRaw::ForGood));
        for purpose in Purpose::OF_SSH {
            let change = Change {
                purposes: Purposes::of([purpose]),
                ..Change::default()
            };
            assert_eq!(change.apply(raw()), Err(NotForRaw::ForGood));
        }
        assert_eq!(to_raw().apply(raw()), Ok(raw()));
    }

    #[test]
    fn what_a_raw_key_cannot_have_does_not_fit_together() {
        assert!(raw().fit_together() && ssh().fit_together());
        let forwarded = Restrictions {
            forwarding: Forwarding::Allowed,
            ..raw()
        };
        let namespaces = Namespaces::new(["git".to_owned()]);
        let limited = Restrictions {
            namespaces: namespaces.expect("a namespace"),
            ..raw()
        };
        assert!(!forwarded.fit_together() && !limited.fit_together());
    }
}
