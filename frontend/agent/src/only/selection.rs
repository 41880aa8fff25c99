//! The keys that a user named for an agent.

use serde::Deserialize;
use sshtpm_dbus::Identity;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::purpose::{AnyPurpose, Purpose};

use super::selector::{self, Selector};
use crate::origin::Origin;

/// Most entries of a selection: as many as a user has keys by default.
pub(crate) const MAX_SELECTORS: usize = 64;

/// 1 to 64 names of keys. A key is meant if one of them names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Selector>")]
pub(crate) struct Selection(Vec<Selector>);

/// There is no name, or there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name 1 to {MAX_SELECTORS} keys")]
pub(crate) struct NotASelection;

impl TryFrom<Vec<Selector>> for Selection {
    type Error = NotASelection;

    fn try_from(selectors: Vec<Selector>) -> Result<Self, NotASelection> {
        match selectors.len() {
            1..=MAX_SELECTORS => Ok(Self(selectors)),
            _ => Err(NotASelection),
        }
    }
}

impl Selection {
    /// Whether it names `key` by its fingerprint or its comment.
    pub(super) fn includes(&self, key: &Identity) -> bool {
        self.0.iter().any(|selector| selector.names(key))
    }

    /// Whether it names the raw key `key`.
    pub(super) fn includes_raw(&self, key: &Identity) -> bool {
        let named = || selector::fingerprint(key).is_some_and(|one| self.names(one));
        self.has_raw() || named()
    }

    /// Whether it has this fingerprint.
    pub(super) fn names(&self, fingerprint: Fingerprint) -> bool {
        self.0.contains(&Selector::Fingerprint(fingerprint))
    }

    /// Whether it has nothing but fingerprints.
    pub(super) fn is_of_fingerprints(&self) -> bool {
        let is_one = |selector: &Selector| matches!(selector, Selector::Fingerprint(_));
        self.0.iter().all(is_one)
    }

    /// Whether all raw keys are meant.
    pub(super) fn has_raw(&self) -> bool {
        self.0.contains(&Selector::Purpose(Purpose::Raw))
    }

    /// The purposes of keys that may be meant and are not known by the list of all keys, for
    /// requests from `origin`. A raw key, which that list leaves out, is meant by its fingerprint
    /// or its purpose alone: a comment can be given to any key. It is not for another machine.
    pub(super) fn purposes(&self, origin: Origin) -> Option<AnyPurpose> {
        let named = self.0.iter().filter_map(Selector::purpose);
        let is_one = |one: &Selector| matches!(one, Selector::Fingerprint(_));
        let raw = self.0.iter().any(is_one).then_some(Purpose::Raw);
        let serves = |one: &Purpose| *one != Purpose::Raw || origin == Origin::Local;
        AnyPurpose::of(named.chain(raw).filter(serves))
    }
}
