//! The unfinished messages of all clients, within one bound.
//!
//! Must never hold more than the bound and one read, whatever clients send.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use sshtpm_ssh::frame::{BadLength, Incoming};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use super::activity::Activity;
use crate::origin::Origin;

/// Most bytes that wait for the rest of their message, in all connections together: 64 messages
/// of the greatest length. Both ends are on the same machine, so a message waits only for
/// moments. `MemoryMax=` of the units leaves room for this.
pub(super) const MAX_BUFFERED_BYTES: usize = 16 * 1024 * 1024;

/// The buffers of all connections.
#[derive(Debug)]
pub(super) struct Buffers {
    limit: usize,
    held: Cell<usize>,
    slots: RefCell<BTreeMap<u64, Rc<Slot>>>,
    next: Cell<u64>,
}

/// The buffer of one connection. It is emptied and closed if all buffers together hold too much.
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
    /// No buffers yet. Together they will hold at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self {
            limit,
            held: Cell::new(0),
            slots: RefCell::default(),
            next: Cell::new(0),
        })
    }

    /// Adds the buffer of the connection to which `activity` belongs.
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

    /// The buffer to close: the fullest, and a forwarded one if there is any. A remote host
    /// therefore cannot cause a local program to be disconnected.
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
    /// Adds `bytes`, which may close this buffer or another one.
    pub(super) fn push(&self, bytes: &[u8]) {
        if !self.slot.is_closed.get() {
            self.all.change(&self.slot, |incoming| incoming.push(bytes));
            self.all.shrink_to_limit();
        }
    }

    /// Whether no message is begun.
    pub(super) fn is_empty(&self) -> bool {
        self.slot.incoming.borrow().is_empty()
    }

    /// The next complete message; see [`Incoming::next_message`].
    pub(super) fn next_message(&self) -> Result<Option<Zeroizing<Vec<u8>>>, BadLength> {
        self.all.change(&self.slot, Incoming::next_message)
    }

    /// Waits until the buffer is closed because it was the fullest.
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
