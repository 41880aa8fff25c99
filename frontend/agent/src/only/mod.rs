//! Some of the user's keys: an agent that lists and signs with these alone.
//!
//! Purpose: a server that counts refused keys sees only the keys that are meant for it, and a
//! program that reaches only this agent uses only these keys. Raw keys are used here alone.
//! [`OnlySome`] stands in front of the port [`Keys`], so everything that can use a key comes
//! through it. May touch: that port. Must never sign with a key that it would not list: one rule
//! decides both.

mod selection;
mod selector;

use sshtpm_dbus::{Error, Identity};
use sshtpm_ssh::agent_report::Asks;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;
use tracing::debug;

pub(crate) use selection::{NotASelection, Selection};
pub(crate) use selector::Selector;

use crate::asker::Asker;
use crate::keys::{Keys, KeysByPurpose};
use crate::lock::AgentLock;
use crate::origin::Origin;

/// The keys of `keys` that `selection` names.
#[derive(Debug)]
pub(crate) struct OnlySome<K> {
    keys: K,
    selection: Selection,
}

impl<K: KeysByPurpose> OnlySome<K> {
    /// Those of `keys` that `selection` names.
    pub(crate) fn new(keys: K, selection: Selection) -> Self {
        Self { keys, selection }
    }

    /// Whether the key with this fingerprint is one of them. A fingerprint in the selection needs
    /// no look at the keys. What a key is called and may sign can change at any time, so the other
    /// ways to name it are held against the list of now.
    async fn includes(&self, fingerprint: &str, asker: &Asker) -> Result<bool, Error> {
        let Ok(fingerprint) = fingerprint.parse::<Fingerprint>() else {
            return Ok(false);
        };
        if self.selection.names(fingerprint) {
            return Ok(true);
        }
        if self.selection.is_of_fingerprints() {
            return Ok(false);
        }
        let offered = self.identities(asker).await?;
        let mut offered = offered.iter().filter_map(selector::fingerprint);
        Ok(offered.any(|offered| offered == fingerprint))
    }
}

impl<K: KeysByPurpose> Keys for OnlySome<K> {
    async fn identities(&self, asker: &Asker) -> Result<Vec<Identity>, Error> {
        let mut all = self.keys.identities(asker).await?;
        let of_purpose = match self.selection.purposes(asker.origin) {
            Some(purposes) => self.keys.identities_for(purposes, asker).await?,
            None => Vec::new(),
        };
        let (of_purpose, mut raw): (Vec<_>, Vec<_>) =
            of_purpose.into_iter().partition(|key| all.contains(key));
        all.retain(|key| self.selection.includes(key) || of_purpose.contains(key));
        raw.retain(|key| self.selection.includes_raw(key));
        all.extend(raw);
        Ok(all)
    }

    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error> {
        if self.includes(fingerprint, asker).await? {
            let keys = &self.keys;
            return match asker.origin {
                // Of raw keys, none but those that are meant are included.
                Origin::Local => keys.sign_even_raw(fingerprint, data, flags, asker).await,
                Origin::Forwarded => keys.sign(fingerprint, data, flags, asker).await,
            };
        }
        debug!("refused to sign with {fingerprint}: this agent offers other keys alone");
        let text = "this agent offers other keys alone; see `only` in agent.toml";
        Err(Error::new(ErrorKind::NoSuchKey, text))
    }

    async fn forget_pins(&self) -> Result<(), Error> {
        self.keys.forget_pins().await
    }

    fn asks(&self) -> Asks {
        self.keys.asks()
    }

    fn lock(&self) -> &AgentLock {
        self.keys.lock()
    }
}

#[cfg(test)]
mod tests;
