//! A record of use in memory.

use super::{Answer, Call, Fakes, locked, unfit};
use crate::identity::Owner;
use crate::policy::Permit;
use crate::ports::{StoreError, UseRecord};
use crate::requests::GetUses;
use crate::uses::{Noted, Tally, Use};
use sshtpm_ssh::fingerprint::Fingerprint;

/// Nothing depends on what is noted, so it is not written down beforehand.
impl UseRecord for Fakes {
    fn note(&self, used: Use) {
        locked(&self.noted).push(used);
    }

    fn tally(&self, owner: &Owner, key: Fingerprint) -> Tally {
        let tallies = locked(&self.tallies);
        let tally = tallies.get(&(owner.clone(), key));
        tally.copied().unwrap_or_default()
    }

    fn forget(&self, owner: &Owner, key: Fingerprint) {
        locked(&self.tallies).remove(&(owner.clone(), key));
    }

    fn forget_owner(&self, owner: &Owner) {
        let answer = self.answer(&Call::ForgetOwner(owner.clone()));
        assert!(matches!(answer, Answer::Forgotten), "{answer:?}");
    }

    async fn last(&self, permit: Permit<GetUses>) -> Result<Vec<Noted>, StoreError> {
        let GetUses { caller, key } = permit.into_request();
        let call = Call::LastUses(caller.owner, key);
        match self.answer(&call) {
            Answer::Used(result) => result,
            answer => unfit(&call, answer).await,
        }
    }
}
