//! What of the guard outlives the broker.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Guard, Tries, UnderWay};
use crate::counts::{Counts, WrongPins};
use crate::identity::Uid;

impl Guard {
    /// Users with something counted.
    pub(in crate::pins) fn users(&self) -> BTreeSet<Uid> {
        let of_keys = self.keys.keys().map(|(owner, _)| owner.uid());
        of_keys
            .chain(self.outstanding.iter().map(|one| one.0))
            .collect()
    }

    /// What is counted of `uid`; a try that is in progress is a wrong one.
    pub(in crate::pins) fn counts_of(&self, uid: Uid) -> Counts {
        let of_user = |tries: &&(Uid, Duration)| tries.0 == uid;
        let tries: Vec<_> = self.outstanding.iter().filter(of_user).collect();
        let mut keys: Vec<_> = self
            .keys
            .iter()
            .filter(|((owner, _), tries)| owner.uid() == uid && tries.wrong > 0)
            .map(|((owner, key), tries)| WrongPins {
                owner: owner.clone(),
                key: *key,
                wrong: tries.wrong,
                not_before: tries.not_before,
            })
            .collect();
        keys.sort_by(|one, other| (&one.owner, one.key).cmp(&(&other.owner, other.key)));
        let (recovery, forgot) = match tries.is_empty() {
            true => Default::default(),
            false => (self.recovery, self.forgot),
        };
        Counts {
            keys,
            tries: tries.iter().map(|one| one.1).collect(),
            recovery,
            forgot,
            generated: Vec::new(),
        }
    }

    /// Goes on with what was counted before the broker started.
    pub(in crate::pins) fn restore(&mut self, kept: &[(Uid, Counts)]) {
        let recovery = kept.iter().map(|(_, counts)| counts.recovery).max();
        if let Some(recovery) = recovery.filter(|recovery| !recovery.is_zero()) {
            self.recovery = recovery;
        }
        let of_user = |(uid, counts): &(Uid, Counts)| {
            let uid = *uid;
            let tries = counts.tries.clone().into_iter();
            tries.map(move |at| (at, uid))
        };
        let mut tries: Vec<_> = kept.iter().flat_map(of_user).collect();
        tries.sort();
        self.outstanding = tries.into_iter().map(|(at, uid)| (uid, at)).collect();
        let forgot = kept.iter().map(|(_, counts)| counts.forgot).max();
        self.forgot = forgot.unwrap_or_default();
        for key in kept.iter().flat_map(|(_, counts)| &counts.keys) {
            let tries = Tries {
                wrong: key.wrong,
                not_before: key.not_before,
                under_way: UnderWay::Nothing,
            };
            self.keys.insert((key.owner.clone(), key.key), tries);
        }
    }
}
