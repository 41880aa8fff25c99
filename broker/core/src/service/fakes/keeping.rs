//! A TPM that keeps keys by their use as a test wrote down.

use std::sync::Arc;

use super::{Answer, Call, Fakes, unfit};
use crate::by_use::{Chosen, KeptByUse, Room, Why};
use crate::key::KeyRecord;
use crate::persistent::Persistent;
use crate::ports::{Keeping, TpmError};

impl Keeping for Fakes {
    fn is_idle(&self) -> bool {
        true
    }

    async fn room(&self, _promoted: Vec<Arc<KeyRecord>>) -> Result<Room, TpmError> {
        match self.answer(&Call::Room) {
            Answer::Room(result) => result,
            answer => unfit(&Call::Room, answer).await,
        }
    }

    async fn keep(
        &self,
        chosen: &Chosen,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> Result<Persistent, TpmError> {
        let promoted = promoted.iter().map(|key| key.fingerprint()).collect();
        let call = Call::Keep(chosen.record().fingerprint(), promoted);
        match self.answer(&call) {
            Answer::Kept(result) => result,
            answer => unfit(&call, answer).await,
        }
    }

    async fn give_back(&self, kept: &KeptByUse, why: Why) -> Result<(), TpmError> {
        let call = Call::GiveBack(kept.record().fingerprint(), why);
        match self.answer(&call) {
            Answer::Evicted(result) => result,
            answer => unfit(&call, answer).await,
        }
    }
}
