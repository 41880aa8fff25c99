//! Which changes the broker may make without a request: the administrator's configuration is the
//! answer, so polkit is not asked.

use std::sync::Arc;

use crate::key::KeyRecord;
use crate::persistent::Persistent;
use crate::requests::{RequestError, can_be_kept};
use sshtpm_ssh::kept_by::KeptBy;

/// What the administrator says of keys that the TPM itself keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PersistentKeys {
    /// Those that an administrator names.
    #[default]
    Manual,
    /// Besides these, those that are used most, as the broker chooses.
    Auto,
}

/// The administrator's word that the broker may choose. Only [`PersistentKeys::Auto`] gives it.
#[derive(Debug)]
pub struct Mandate(());

/// A key that the TPM is to keep because it is used much.
#[derive(Debug)]
pub struct Chosen(Arc<KeyRecord>);

/// A key that the TPM keeps because it was used much, and that the broker may take out again.
#[derive(Clone, Debug)]
pub struct KeptByUse {
    record: Arc<KeyRecord>,
    persistent: Arc<Persistent>,
}

impl PersistentKeys {
    /// The word, if the administrator gave it.
    pub fn mandate(self) -> Option<Mandate> {
        match self {
            Self::Manual => None,
            Self::Auto => Some(Mandate(())),
        }
    }
}

impl Mandate {
    /// Chooses a key that the TPM does not keep.
    ///
    /// # Errors
    ///
    /// An administrator could not have the TPM keep it either: it has a PIN, is sealed, of the null
    /// hierarchy, or bound to PCRs.
    pub fn choose(&self, record: Arc<KeyRecord>) -> Result<Option<Chosen>, RequestError> {
        can_be_kept(&record)?;
        let is_new = record.key.persistent.is_none();
        Ok(is_new.then_some(Chosen(record)))
    }
}

impl Chosen {
    /// The key, as it was when it was chosen.
    pub fn record(&self) -> &Arc<KeyRecord> {
        &self.0
    }
}

impl KeptByUse {
    /// `None` if the TPM does not keep the key, or keeps it because an administrator said so.
    pub fn of(record: &Arc<KeyRecord>) -> Option<Self> {
        let persistent = record.key.persistent.as_ref()?;
        (persistent.by == KeptBy::Use).then(|| Self {
            record: Arc::clone(record),
            persistent: Arc::clone(persistent),
        })
    }

    /// A key that the TPM was just made to keep, and of which no record says so.
    pub fn unrecorded(chosen: &Chosen, persistent: &Arc<Persistent>) -> Self {
        Self {
            record: Arc::clone(&chosen.0),
            persistent: Arc::clone(persistent),
        }
    }

    /// The key.
    pub fn record(&self) -> &Arc<KeyRecord> {
        &self.record
    }

    /// Where it is.
    pub fn persistent(&self) -> &Arc<Persistent> {
        &self.persistent
    }
}
