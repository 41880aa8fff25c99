//! What clients sent and have not finished, within one bound for all of them.
//!
//! Must never hold more than its bound and one read, whatever clients do.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use sshtpm_ssh::frame::{BadLength, Incoming};
use tokio::sync::Notify;

use super::activity::Activity;
use crate::origin::Origin;

/// Most bytes that wait for the rest of their message, of all connections together: 64 messages
/// of the greatest length. Both ends are on the same machine, so a message waits for moments.
/// `MemoryMax=` of the units has room for it.
pub(super) const MAX_BUFFERED_BYTES: usize = 16 * 1024 * 1024;

/// The buffers of all connections.
#[derive(Debug)]
pub(super) struct Buffers {
    limit: usize,
    held: Cell<usize>,
    slots: RefCell<BTreeMap<u64, Rc<Slot>>>,
    next: Cell<u64>,
}

/// The buffer of one connection; emptied and closed when there is too much in all of them.
#[derive(Debug)]
pub(super) struct Buffer {
    all: Rc<Buffers>,
    number: u64,
    slot: Rc<Slot>,
}

#[derive(Debug)]
struct Slot {
    activity: Rc<Activity>,
    incoming: RefCell<Incoming>,
    is_closed: Cell<bool>,
    closed: Notify,
}

impl Buffers {
    /// None yet, and never more than `limit` bytes in them.
    pub(super) fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self {
            limit,
            held: Cell::new(0),
            slots: RefCell::default(),
            next: Cell::new(0),
        })
    }

    /// Makes the buffer of the connection that `activity` is of.
    pub(super) fn add(self: &Rc<Self>, activity: Rc<Activity>) -> Buffer {
        let number = self.next.get();
        self.next.set(number.wrapping_add(1));
        let slot = Rc::new(Slot {
            activity,
            incoming: RefCell::default(),
            is_closed: Cell::new(false),
            closed: Notify::new(),
        });
        self.slots.borrow_mut().insert(number, Rc::clone(&slot));
        Buffer {
            all: Rc::clone(self),
            number,
            slot,
        }
    }

    fn change<R>(&self, slot: &Slot, change: impl FnOnce(&mut Incoming) -> R) -> R {
        let mut incoming = slot.incoming.borrow_mut();
        let others = self.held.get().saturating_sub(incoming.allocated());
        let result = change(&mut incoming);
        self.held.set(others.saturating_add(incoming.allocated()));
        result
    }

    fn shrink_to_limit(&self) {
        while self.held.get() > self.limit {
            let Some(fullest) = self.fullest() else {
                return;
            };
            fullest.is_closed.set(true);
            self.change(&fullest, |incoming| *incoming = Incoming::default());
            fullest.closed.notify_one();
        }
    }

    /// The one to go: a forwarded one if there is any, so that a remote host cannot have it hit a
    /// local program.
    fn fullest(&self) -> Option<Rc<Slot>> {
        let slots = self.slots.borrow();
        let sizes = slots
            .values()
            .map(|slot| (slot.incoming.borrow().allocated(), slot));
        let fullest = sizes
            .filter(|(bytes, _)| *bytes > 0)
            .max_by_key(|(bytes, slot)| (slot.activity.origin() == Origin::Forwarded, *bytes));
        fullest.map(|(_, slot)| Rc::clone(slot))
    }
}

impl Buffer {
    /// Adds what was read. It may close this buffer or another one.
    pub(super) fn push(&self, bytes: &[u8]) {
        if !self.slot.is_closed.get() {
            self.all.change(&self.slot, |incoming| incoming.push(bytes));
            self.all.shrink_to_limit();
        }
    }

    /// Whether no frame is begun.
    pub(super) fn is_empty(&self) -> bool {
        self.slot.incoming.borrow().is_empty()
    }

    /// See [`Incoming::next_message`].
    pub(super) fn next_message(&self) -> Result<Option<Vec<u8>>, BadLength> {
        self.all.change(&self.slot, Incoming::next_message)
    }

    /// Waits until the buffer is closed, because it was the fullest when there was too much.
    pub(super) async fn closed(&self) {
        while !self.slot.is_closed.get() {
            self.slot.closed.notified().await;
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.all.slots.borrow_mut().remove(&self.number);
        self.all
            .change(&self.slot, |incoming| *incoming = Incoming::default());
    }
}

#[cfg(test)]
#[path = "buffers_tests.rs"]
mod tests;
