//! The unfinished answers of all agents behind, within one bound for each origin.
//!
//! Must never hold more than the bounds and one read for each agent, whatever agents send.

use std::cell::Cell;

use super::trouble::Trouble;
use crate::origin::Origin;

/// Most bytes of answers for local programs that have not arrived completely: 48 of the greatest
/// length. An answer takes moments, and the longest that people see are lists of some KiB.
/// `MemoryMax=` of the units leaves room for this.
pub(super) const MAX_LOCAL_BYTES: usize = 12 * 1024 * 1024;

/// The same for all hosts to which the agent is forwarded.
pub(super) const MAX_FORWARDED_BYTES: usize = 4 * 1024 * 1024;

/// How much unfinished answers hold.
#[derive(Debug, Default)]
pub(super) struct Room {
    local: Cell<usize>,
    forwarded: Cell<usize>,
}

/// The part of the room that one answer takes.
#[derive(Debug)]
pub(super) struct Part<'r> {
    held: &'r Cell<usize>,
    limit: usize,
    bytes: usize,
}

impl Room {
    /// A part for an answer to a request from `origin`, of no bytes yet.
    pub(super) fn part(&self, origin: Origin) -> Part<'_> {
        let (held, limit) = match origin {
            Origin::Local => (&self.local, MAX_LOCAL_BYTES),
            Origin::Forwarded => (&self.forwarded, MAX_FORWARDED_BYTES),
        };
        Part {
            held,
            limit,
            bytes: 0,
        }
    }
}

impl Part<'_> {
    /// Notes that the answer takes `bytes` by now.
    ///
    /// # Errors
    ///
    /// All answers together take more than the bound.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), Trouble> {
        let others = self.held.get().saturating_sub(self.bytes);
        self.held.set(others.saturating_add(bytes));
        self.bytes = bytes;
        if self.held.get() > self.limit {
            return Err(Trouble::Flood);
        }
        Ok(())
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.held.set(self.held.get().saturating_sub(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_LOCAL_BYTES, Room};
    use crate::origin::Origin;

    #[test]
    fn answers_together_hold_no_more_than_the_bound() {
        let room = Room::default();
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
        let room = Room::default();
        let mut forwarded = room.part(Origin::Forwarded);
        assert!(forwarded.grow_to(MAX_LOCAL_BYTES).is_err());
        assert!(room.part(Origin::Local).grow_to(MAX_LOCAL_BYTES).is_ok());
    }
}
