//! What a key may be used for, as its owner said when it was generated, or later.
//!
//! The broker enforces it against every program, those of the owner included. A program may tighten
//! it; relaxing it takes a password.

mod clearance;
mod destination;
mod legs;
mod local;
mod name;
mod namespace;
mod not_permitted;
mod told;
mod view;

pub(crate) use clearance::Cleared;
pub use destination::{Destination, Destinations, Hop, HostKey, UserPattern};
pub(crate) use local::Origin;
pub use namespace::Namespaces;
pub use not_permitted::{MaybeForwarded, NotPermitted, NotThere};
use sshtpm_ssh::purpose::{Purpose, Purposes};
use sshtpm_ssh::text::first_harmful;
pub(crate) use view::View;

use super::identity::{HOST_USER, Owner};

/// All restrictions on the use of a key, except its PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restrictions {
    /// For what kinds of data.
    pub purposes: Purposes,
    /// In which SSHSIG namespaces.
    pub namespaces: Namespaces,
    /// Where it may log in.
    pub destinations: Destinations,
    /// Whether it may be used from other machines.
    pub forwarding: Forwarding,
    /// Whether a person confirms each use.
    pub confirmation: Confirmation,
    /// Whether the screen of its owner has to be unlocked.
    pub screen: Screen,
}

/// Whether a key may be used over an agent connection that is forwarded from another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// It may.
    Allowed,
    /// It may not.
    Forbidden,
}

/// Whether a person has to confirm each use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// No person is asked.
    NotNeeded,
    /// A person is asked each time.
    EachUse,
}

/// How the screen of its owner has to be for a key to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nobody looks.
    InAnyState,
    /// It is unlocked: the owner has a session in the foreground of a seat.
    Unlocked,
}

impl Restrictions {
    /// Restricted to `purposes`, and by nothing else.
    pub(crate) fn only(purposes: Purposes) -> Self {
        Self {
            purposes,
            namespaces: Namespaces::all(),
            destinations: Destinations::everywhere(),
            forwarding: Forwarding::Allowed,
            confirmation: Confirmation::NotNeeded,
            screen: Screen::InAnyState,
        }
    }

    /// The restrictions of a key of `owner` about which nothing is said. Records without
    /// restrictions are of this kind, too.
    pub fn before_they_were_named(owner: &Owner) -> Self {
        Self::only(if owner.name().as_str() == HOST_USER {
            Purposes::of_hosts()
        } else {
            Purposes::of_users()
        })
    }

    /// Whether `self` allows any use that `before` does not.
    pub(crate) fn relaxes(&self, before: &Self) -> bool {
        let forwarding =
            before.forwarding == Forwarding::Forbidden && self.forwarding == Forwarding::Allowed;
        let confirmation = before.confirmation == Confirmation::EachUse
            && self.confirmation == Confirmation::NotNeeded;
        let screen = before.screen == Screen::Unlocked && self.screen == Screen::InAnyState;
        forwarding
            || confirmation
            || screen
            || !self.purposes.are_within(before.purposes)
            || !self.namespaces.are_within(&before.namespaces)
            || !self.destinations.are_within(&before.destinations)
    }
}

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

    /// The restrictions after the change.
    pub(crate) fn apply(self, before: Restrictions) -> Restrictions {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Restrictions {
        Restrictions::only(Purposes::of_users())
    }

    fn changed(change: Change) -> Restrictions {
        change.apply(open())
    }

    /// Each way to restrict a key, by itself.
    fn tightened() -> Vec<Restrictions> {
        let purposes = Purposes::of([Purpose::Auth]);
        let namespaces = Namespaces::new(["git".to_owned()]).expect("a namespace");
        vec![
            changed(Change {
                purposes,
                ..Change::default()
            }),
            changed(Change {
                namespaces: Some(namespaces),
                ..Change::default()
            }),
            changed(Change {
                forwarding: Some(Forwarding::Forbidden),
                ..Change::default()
            }),
            changed(Change {
                confirmation: Some(Confirmation::EachUse),
                ..Change::default()
            }),
            changed(Change {
                screen: Some(Screen::Unlocked),
                ..Change::default()
            }),
        ]
    }

    #[test]
    fn what_stays_as_it_is_relaxes_nothing() {
        assert!(!open().relaxes(&open()));
        for restrictions in tightened() {
            assert!(!restrictions.relaxes(&restrictions), "{restrictions:?}");
        }
    }

    #[test]
    fn to_tighten_is_not_to_relax_and_the_way_back_is() {
        for tight in tightened() {
            assert!(!tight.relaxes(&open()), "{tight:?}");
            assert!(open().relaxes(&tight), "{tight:?}");
        }
    }

    #[test]
    fn to_tighten_one_and_relax_another_is_to_relax() {
        for one in tightened() {
            for other in tightened() {
                assert_eq!(one.relaxes(&other), one != other, "{one:?} {other:?}");
            }
        }
    }
}
