//! Which keys the TPM itself keeps because they are used much: `persistent = "auto"`.
//!
//! Purpose: choose, from how often keys are used, what the TPM should keep or give back next
//! (`choose`). It has no TPM, no disk and no clock: each call gives it the time. It must never
//! name a key that an administrator had the TPM keep ([`KeptByUse`] cannot hold one), nor one that
//! an administrator could not have it keep ([`Chosen`]).
//!
//! A TPM writes its memory for each change, and that memory wears out. So a key has to be used
//! often before it is chosen, clearly more than the one that leaves for it, and [`Changes`] bounds
//! the changes of a day. Places are shared: a user has few, and sshd's keys have some of their own.

mod changes;
mod choice;
#[cfg(test)]
mod fixtures;
mod frequency;
mod kept;
mod mandate;
mod places;
#[cfg(test)]
mod tests;

pub use changes::{Change, Changes, KeptChanges};
pub use choice::{LEAVE_FREE, Room, Why};
pub(crate) use choice::{Situation, Step, choose, first_to_leave};
pub(crate) use frequency::{ENOUGH, Frequencies};
pub(crate) use kept::{Candidate, Kept};
pub use mandate::{Chosen, KeptByUse, Mandate, PersistentKeys};

use std::time::Duration;

/// How often the broker looks whether others need room, as long as the TPM keeps a key by use: two
/// commands each time.
pub const LOOK: Duration = Duration::from_secs(60);

/// How long a user's keys rest after one of them could not be kept, and the broker after another
/// change failed, at first. People remove what is in the way: a password, a full chip or disk.
pub(crate) const REST: Duration = Duration::from_secs(10 * 60);

/// It rests twice as long after each further failure, up to this.
pub(crate) const LONGEST_REST: Duration = Duration::from_secs(24 * 60 * 60);
