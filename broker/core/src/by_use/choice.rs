//! What is to be done next.

use std::fmt;
use std::time::Duration;

use super::changes::{Changes, is_host};
use super::kept::{Candidate, Kept};
use super::places::{self, Place};
use crate::persistent::OwnHandle;
use crate::pins::KeyId;

/// Places of the chip that stay free for others: its persistent objects are also those of disk
/// encryption, of attestation, and of an administrator at work.
pub const LEAVE_FREE: u32 = 2;

/// After so many seconds without a use a key gives its place back: more than a holiday week.
const UNUSED: u64 = 10 * 24 * 60 * 60;

/// What the TPM says of its persistent objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many objects more it can keep (TPM_PT_HR_PERSISTENT_AVAIL).
    pub free: u32,
    /// Which of the broker's handles have an object.
    pub taken: Vec<OwnHandle>,
}

/// All that is known.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    /// What the TPM keeps by use.
    pub(crate) kept: &'a [Kept],
    /// The keys that are used often enough.
    pub(crate) candidates: &'a [Candidate],
    /// How many objects more the TPM says that it can keep.
    pub(crate) free: u32,
    /// Whether one of the broker's handles has no object.
    pub(crate) has_handle: bool,
    /// What was done within a day.
    pub(crate) changes: &'a Changes,
    /// The time since boot.
    pub(crate) since_boot: Duration,
    /// Seconds since 1970-01-01 UTC.
    pub(crate) now: u64,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The TPM is to keep this key.
    Keep(KeyId),
    /// The TPM is to keep the one that comes instead of the one that leaves.
    Replace { leaves: KeyId, comes: KeyId },
    /// The TPM is no longer to keep this key.
    GiveBack(KeyId, Why),
    /// Nothing is to be done.
    Nothing,
}

/// Why a key is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The key is no longer there.
    Lost,
    /// The TPM has too little room for others.
    Room,
    /// It was not used for long.
    Unused,
    /// Another key is used more.
    UsedLess,
    /// An administrator had the TPM keep another key, for which there was no room.
    Administrator,
    /// The configuration no longer allows it.
    TurnedOff,
    /// The disk could not store the place of the key.
    NotRecorded,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => {
                "it is no longer there: the TPM was cleared, or another program took it out"
            }
            Self::Room => "others need room in the TPM",
            Self::Unused => "it was not used for ten days",
            Self::UsedLess => "another key is used more",
            Self::Administrator => "an administrator needs its place",
            Self::TurnedOff => "persistent is no longer \"auto\"",
            Self::NotRecorded => "its record could not be written",
        })
    }
}

/// What is to be done next. After that the situation is another one.
pub(crate) fn choose(situation: &Situation<'_>) -> Step {
    let kept = situation.kept;
    if let Some(lost) = kept.iter().find(|one| one.is_lost) {
        return Step::GiveBack(lost.key.clone(), Why::Lost);
    }
    if situation.free < LEAVE_FREE
        && let Some(first) = places::first_to_leave(kept)
    {
        return Step::GiveBack(first.key.clone(), Why::Room);
    }
    if let Some(unused) = kept.iter().find(|one| is_unused(one, situation)) {
        return Step::GiveBack(unused.key.clone(), Why::Unused);
    }
    let steps = in_order(situation.candidates).into_iter();
    let mut steps = steps.filter_map(|candidate| step_for(candidate, situation));
    steps.next().unwrap_or(Step::Nothing)
}

/// The key that gives its place to one that an administrator names.
pub(crate) fn first_to_leave(kept: &[Kept]) -> Option<&KeyId> {
    places::first_to_leave(kept).map(|one| &one.key)
}

fn step_for(candidate: &Candidate, situation: &Situation<'_>) -> Option<Step> {
    let (changes, now) = (situation.changes, situation.now);
    if !changes.allow(&candidate.key.0, now) {
        return None;
    }
    let has_room = situation.free > LEAVE_FREE && situation.has_handle;
    match places::find(situation.kept, candidate, has_room, situation.since_boot) {
        Place::Free => Some(Step::Keep(candidate.key.clone())),
        Place::Of(other) => Some(Step::Replace {
            leaves: other.key.clone(),
            comes: candidate.key.clone(),
        }),
        Place::None => None,
    }
}

/// sshd's keys first, because each login waits for one; then those that are used most.
fn in_order(candidates: &[Candidate]) -> Vec<&Candidate> {
    let mut all: Vec<_> = candidates.iter().collect();
    all.sort_by(|one, other| {
        let of_host = is_host(&other.key.0).cmp(&is_host(&one.key.0));
        of_host.then(other.uses.total_cmp(&one.uses))
    });
    all
}

fn is_unused(one: &Kept, situation: &Situation<'_>) -> bool {
    let stayed = situation.since_boot.saturating_sub(one.since);
    let unused = one.last_use.map(|last| situation.now.saturating_sub(last));
    stayed >= places::LEAST_STAY && unused.unwrap_or(stayed.as_secs()) >= UNUSED
}
