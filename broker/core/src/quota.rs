//! How much one user may have under way at once.
//!
//! A claim counts until it is dropped, so that two requests at the same time cannot both take the
//! last place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;

use super::identity::Uid;
use sshtpm_ssh::error_kind::ErrorKind;

/// Counts what each user has under way.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    counts: Arc<Mutex<HashMap<Uid, usize>>>,
}

impl Claims {
    /// Claims one of `at_most` places for `uid`, of which `taken` are in use beside the claims.
    /// `None`: no place is left.
    ///
    /// `taken` is counted while no claim can be dropped: what became of a claim is seen there
    /// before the claim is gone, so nothing slips through between the two.
    pub fn claim(&self, uid: Uid, taken: impl FnOnce() -> usize, at_most: usize) -> Option<Claim> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = counts.get(&uid).copied().unwrap_or(0);
        if under_way.saturating_add(taken()) >= at_most {
            return None;
        }
        counts.insert(uid, under_way + 1);
        Some(Claim {
            claims: self.clone(),
            uid,
        })
    }

    /// Whether no user has anything under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    fn release(&self, uid: Uid) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&uid) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&uid);
            }
        }
    }
}

/// One place that is taken until this is dropped.
#[derive(Debug)]
#[must_use = "the place is free again as soon as the claim is dropped"]
pub struct Claim {
    claims: Claims,
    uid: Uid,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.release(self.uid);
    }
}

/// A limit is reached: waiting or deleting helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitError {
    /// The user has this many keys, the most.
    #[error(
        "a user can have {0} keys at most; delete one with `sshtpm rm KEY`, or move lost ones out \
         of the way with `sshtpm rm --lost`"
    )]
    Keys(usize),
    /// The user has this many requests under way, the most.
    #[error("a user can have {0} requests waiting at most; try again")]
    Requests(usize),
    /// This many requests wait for the TPM, the most.
    #[error("{0} requests wait for the TPM, the most that can; try again")]
    Queue(usize),
    /// The user has this many RSA keys waiting to be generated, the most.
    #[error("a user can have {0} RSA key waiting to be generated at most; try again later")]
    Generations(usize),
    /// The TPM generated as many keys for the user within an hour as it may.
    #[error(
        "at most {at_most} keys an hour can be generated or imported for a user; try again in {}",
        minutes(*.room_in)
    )]
    GeneratedPerHour {
        /// The most in an hour.
        at_most: usize,
        /// After this time there is room for one more.
        room_in: Duration,
    },
    /// The TPM is being measured, and two measurements would measure each other.
    #[error("the TPM is being measured already; try again in a minute")]
    Measurements,
}

impl LimitError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Keys(_)
            | Self::Requests(_)
            | Self::Queue(_)
            | Self::Generations(_)
            | Self::Measurements
            | Self::GeneratedPerHour { .. } => ErrorKind::LimitsExceeded,
        }
    }
}

/// In minutes, rounded up, so that a request after this time is not too early.
fn minutes(time: Duration) -> String {
    match time.as_secs().div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Uid = Uid(1000);
    const BOB: Uid = Uid(1001);

    #[test]
    fn claims_count_together_with_what_is_taken() {
        let claims = Claims::default();
        let first = claims.claim(ALICE, || 1, 3);
        let second = claims.claim(ALICE, || 1, 3);
        assert!(first.is_some() && second.is_some());
        assert!(claims.claim(ALICE, || 1, 3).is_none());
    }

    #[test]
    fn no_claim_can_be_dropped_while_it_is_counted_what_is_taken() {
        let claims = Claims::default();
        let no_claim_can = || {
            assert!(claims.counts.try_lock().is_err());
            0
        };
        assert!(claims.claim(ALICE, no_claim_can, 1).is_some());
    }

    #[test]
    fn a_dropped_claim_makes_room() {
        let claims = Claims::default();
        drop(claims.claim(ALICE, || 0, 1).expect("room"));
        assert!(claims.claim(ALICE, || 0, 1).is_some());
    }

    #[test]
    fn one_user_does_not_take_the_places_of_another() {
        let claims = Claims::default();
        let _alice = claims.claim(ALICE, || 0, 1).expect("room");
        assert!(claims.claim(BOB, || 0, 1).is_some());
    }
}
