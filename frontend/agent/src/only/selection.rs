//! The keys that a user named for an agent.

use serde::Deserialize;
use sshtpm_dbus::Identity;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::purpose::Purposes;

use super::selector::Selector;

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

    /// Whether it has this fingerprint.
    pub(super) fn names(&self, fingerprint: Fingerprint) -> bool {
        self.0.contains(&Selector::Fingerprint(fingerprint))
    }

    /// Whether it has nothing but fingerprints.
    pub(super) fn is_of_fingerprints(&self) -> bool {
        let is_one = |selector: &Selector| matches!(selector, Selector::Fingerprint(_));
        self.0.iter().all(is_one)
    }

    /// The purposes in it.
    pub(super) fn purposes(&self) -> Option<Purposes> {
        Purposes::of(self.0.iter().filter_map(Selector::purpose))
    }
}
