//! Jobs that put a key into the TPM and take it out: by its use, and for a request.

use std::sync::Arc;

use super::persistent::evict::Evict;
use super::persistent::persist::Persist;
use super::persistent::room::FindRoom;
use super::{ROOT, TpmThread};
use sshtpm_core::by_use::{Chosen, KeptByUse, Room, Why};
use sshtpm_core::error::TpmError;
use sshtpm_core::key::KeyRecord;
use sshtpm_core::persistent::Persistent;
use sshtpm_core::ports::Keeping;
use sshtpm_core::queue::{Line, Work};
use sshtpm_ssh::kept_by::KeptBy;

/// Where the broker waits: not in the line of the key's owner, who asked for nothing.
const OWN_LINE: Line = Line::User(ROOT);

impl Keeping for TpmThread {
    fn is_idle(&self) -> bool {
        self.jobs.state(OWN_LINE).waiting == 0
    }

    async fn room(&self, promoted: Vec<Arc<KeyRecord>>) -> Result<Room, TpmError> {
        let limit = self.state.timing().command;
        let find = FindRoom { promoted };
        self.submit_to(OWN_LINE, Work::Quick, limit, find).await
    }

    async fn keep(
        &self,
        chosen: &Chosen,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> Result<Persistent, TpmError> {
        let kept = self.persist_in(OWN_LINE, chosen.record(), promoted, KeptBy::Use);
        // By its record it is not there yet.
        kept.await?.ok_or(TpmError::Failed)
    }

    async fn give_back(&self, kept: &KeptByUse, why: Why) -> Result<(), TpmError> {
        let limit = self.state.timing().command;
        let evict = Evict {
            record: Arc::clone(kept.record()),
            persistent: Arc::clone(kept.persistent()),
            why: Some(why),
        };
        self.submit_to(OWN_LINE, Work::Quick, limit, evict).await
    }
}

impl TpmThread {
    /// Has the TPM keep a key, in the turn of `line`. To derive an RSA key is a generation.
    pub(super) async fn persist_in(
        &self,
        line: Line,
        record: &Arc<KeyRecord>,
        promoted: Vec<Arc<KeyRecord>>,
        by: KeptBy,
    ) -> Result<Option<Persistent>, TpmError> {
        let work = self.work_to_load(record);
        let (work, limit) = work.unwrap_or((Work::Quick, self.state.timing().command));
        let persist = Persist {
            record: Arc::clone(record),
            promoted,
            by,
        };
        self.submit_to(line, work, limit, persist).await
    }
}
