//! What a key may be used for, as its owner said when it was generated, or later.
//!
//! The broker enforces it against every program, those of the owner included. A program may tighten
//! it; relaxing it takes a password.

mod change;
mod clearance;
mod destination;
mod legs;
mod local;
mod name;
mod namespace;
mod not_permitted;
mod told;
mod view;

pub use change::{Change, NotForRaw};
pub(crate) use clearance::Cleared;
pub use destination::{Destination, Destinations, Hop, HostKey, UserPattern};
pub(crate) use local::Origin;
pub use namespace::Namespaces;
pub use not_permitted::{MaybeForwarded, NotPermitted, NotThere};
use sshtpm_ssh::purpose::{Purpose, Purposes};
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
    /// Restricted to `purposes`, and by nothing else, except that a raw key serves no other
    /// machine.
    pub(crate) fn only(purposes: Purposes) -> Self {
        Self {
            purposes,
            namespaces: Namespaces::all(),
            destinations: Destinations::everywhere(),
            forwarding: match purposes.are_raw() {
                true => Forwarding::Forbidden,
                false => Forwarding::Allowed,
            },
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

    /// Whether they are those that a key can have. A raw key has no rule that only data in the form
    /// of SSH could be held against, and serves no other machine.
    pub fn fit_together(&self) -> bool {
        let of_raw = Self::only(self.purposes);
        !self.purposes.are_raw()
            || self.namespaces == of_raw.namespaces
                && self.destinations == of_raw.destinations
                && self.forwarding == of_raw.forwarding
    }

    /// Whether it can log in anywhere: a raw key can sign a login, too.
    pub(crate) fn may_log_in(&self) -> bool {
        self.purposes.contains(Purpose::Auth) || self.purposes.are_raw()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Restrictions {
        Restrictions::only(Purposes::of_users())
    }

    fn changed(change: Change) -> Restrictions {
        change.apply(open()).expect("fitting")
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
