//! The unfinished answers of one agent behind, within a bound for each origin.
//!
//! Each agent has an equal share of the memory for them, so that one that does not finish its
//! answers takes nothing from the others. Must never hold more than the share and one read.

use std::cell::Cell;

use super::trouble::Trouble;
use crate::origin::Origin;

/// Most bytes of answers of all agents for local programs that have not arrived completely: 48 of
/// the greatest length. An answer takes moments, and the longest that people see are lists of some
/// KiB. With the most agents, a share has five of the greatest length. `MemoryMax=` of the units
/// leaves room for this.
pub(super) const MAX_LOCAL_BYTES: usize = 12 * 1024 * 1024;

/// The same for all hosts to which the agent is forwarded. With the most agents, a share has one of
/// the greatest length.
pub(super) const MAX_FORWARDED_BYTES: usize = 4 * 1024 * 1024;

/// How much unfinished answers of one agent hold.
#[derive(Debug)]
pub(super) struct Room {
    local: Share,
    forwarded: Share,
}

#[derive(Debug)]
struct Share {
    held: Cell<usize>,
    limit: usize,
}

/// The part of the room that one answer takes.
#[derive(Debug)]
pub(super) struct Part<'r> {
    share: &'r Share,
    bytes: usize,
}

impl Room {
    /// The share of one of `agents` agents.
    pub(super) fn of_one_in(agents: usize) -> Self {
        let share = |limit: usize| Share {
            held: Cell::default(),
            limit: limit / agents.max(1),
        };
        Self {
            local: share(MAX_LOCAL_BYTES),
            forwarded: share(MAX_FORWARDED_BYTES),
        }
    }

    /// A part for an answer to a request from `origin`, of no bytes yet.
    pub(super) fn part(&self, origin: Origin) -> Part<'_> {
        let share = match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        };
        Part { share, bytes: 0 }
    }
}

impl Part<'_> {
    /// Notes that the answer takes `bytes` by now.
    ///
    /// # Errors
    ///
    /// All answers of the agent together take more than its share.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), Trouble> {
        let held = &self.share.held;
        let others = held.get().saturating_sub(self.bytes);
        held.set(others.saturating_add(bytes));
        self.bytes = bytes;
        if held.get() > self.share.limit {
            return Err(Trouble::Flood);
        }
        Ok(())
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let held = &self.share.held;
        held.set(held.get().saturating_sub(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_ssh::limits::MAX_MESSAGE_BYTES;

    use super::{MAX_LOCAL_BYTES, Room};
    use crate::behind::settings::MAX_AGENTS;
    use crate::origin::Origin;

    #[test]
    fn answers_together_hold_no_more_than_the_bound() {
        let room = Room::of_one_in(1);
        let mut first = room.part(Origin::Local);
        first.grow_to(MAX_LOCAL_BYTES - 10).unwrap();
        let mut second = room.part(Origin::Local);
        assert!(second.grow_to(10).is_ok());
        assert!(second.grow_to(11).is_err());
        drop(first);
        assert!(second.grow_to(11).is_ok());
    }

    #[test]
    fn forwarded_answers_take_no_room_of_local_ones() {
        let room = Room::of_one_in(1);
        let mut forwarded = room.part(Origin::Forwarded);
        assert!(forwarded.grow_to(MAX_LOCAL_BYTES).is_err());
        assert!(room.part(Origin::Local).grow_to(MAX_LOCAL_BYTES).is_ok());
    }

    #[test]
    fn with_the_most_agents_each_has_room_for_the_longest_answer() {
        // OpenSSH's is one more.
        let room = Room::of_one_in(MAX_AGENTS + 1);
        for origin in [Origin::Local, Origin::Forwarded] {
            let length_and_message = 4 + MAX_MESSAGE_BYTES;
            assert!(room.part(origin).grow_to(length_and_message).is_ok());
        }
    }
}
