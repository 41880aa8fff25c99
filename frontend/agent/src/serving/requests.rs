//! The requests in progress of all clients and the answers on their way, within one bound for each
//! origin.
//!
//! Must never hold more than the bounds, whatever clients send.

use std::cell::Cell;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::origin::Origin;

/// Most bytes of requests of local programs that are in progress, or of answers that are not
/// fetched: 160 messages of the greatest
/// length, or 60,000 logins. `MemoryMax=` of the units leaves room for this.
pub(crate) const MAX_LOCAL_BYTES: usize = 40 * 1024 * 1024;

/// The same for all hosts to which the agent is forwarded: 24 messages of the greatest length, as
/// many as may be at the broker or wait for that, and 600 of the longest bindings.
pub(super) const MAX_FORWARDED_BYTES: usize = 18 * 1024 * 1024;

/// How much the requests in progress and the answers hold.
#[derive(Debug)]
pub(super) struct Requests {
    local: Rc<Room>,
    forwarded: Rc<Room>,
}

#[derive(Debug)]
struct Room {
    limit: usize,
    held: Cell<usize>,
}

/// A message whose request is in progress, or the answer to it.
#[derive(Debug)]
pub(super) struct Request {
    /// It may carry a private key or a passphrase.
    message: Zeroizing<Vec<u8>>,
    room: Rc<Room>,
}

impl Requests {
    /// No requests yet. Together those of each origin will hold at most this many bytes.
    pub(super) fn new(local: usize, forwarded: usize) -> Rc<Self> {
        let room = |limit| {
            let held = Cell::new(0);
            Rc::new(Room { limit, held })
        };
        Rc::new(Self {
            local: room(local),
            forwarded: room(forwarded),
        })
    }

    /// Begins the request that `message` of a connection from `origin` makes. `None` if the others
    /// leave no room for it.
    pub(super) fn begin(&self, message: Zeroizing<Vec<u8>>, origin: Origin) -> Option<Request> {
        let room = match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        };
        Rc::clone(room).take(message)
    }
}

impl Request {
    /// The message or the answer, without its length.
    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Puts the answer in the place of the message. `None` if the others leave no room for it.
    pub(super) fn answered(self, answer: Vec<u8>) -> Option<Self> {
        let room = Rc::clone(&self.room);
        drop(self);
        room.take(Zeroizing::new(answer))
    }
}

impl Room {
    fn take(self: Rc<Self>, message: Zeroizing<Vec<u8>>) -> Option<Request> {
        let held = self.held.get().checked_add(message.len())?;
        if held > self.limit {
            return None;
        }
        self.held.set(held);
        let room = self;
        Some(Request { message, room })
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let held = self.room.held.get().saturating_sub(self.message.len());
        self.room.held.set(held);
    }
}

#[cfg(test)]
mod tests {
    use super::Requests;
    use crate::origin::Origin;
    use zeroize::Zeroizing;

    fn message(byte: u8, count: usize) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(vec![byte; count])
    }

    #[test]
    fn requests_together_hold_no_more_than_the_bound() {
        let requests = Requests::new(100, 100);
        let first = requests.begin(message(1, 60), Origin::Local).unwrap();
        assert_eq!(first.message(), [1; 60]);
        assert!(requests.begin(message(2, 41), Origin::Local).is_none());
        let second = requests.begin(message(2, 40), Origin::Local).unwrap();
        drop(first);
        assert!(requests.begin(message(3, 61), Origin::Local).is_none());
        drop(second);
        assert!(requests.begin(message(3, 100), Origin::Local).is_some());
    }

    #[test]
    fn an_answer_takes_the_place_of_its_request() {
        let requests = Requests::new(100, 100);
        let request = |count| requests.begin(message(1, count), Origin::Local);
        let answer = request(90).unwrap().answered(vec![2; 30]).unwrap();
        assert_eq!(answer.message(), [2; 30]);
        let second = request(70).unwrap();
        assert!(second.answered(vec![2; 71]).is_none());
        drop(answer);
        assert!(request(100).is_some());
    }

    #[test]
    fn forwarded_requests_take_no_room_of_local_ones() {
        let requests = Requests::new(10, 10);
        let _forwarded = requests.begin(message(0, 10), Origin::Forwarded).unwrap();
        assert!(requests.begin(message(0, 1), Origin::Forwarded).is_none());
        assert!(requests.begin(message(0, 10), Origin::Local).is_some());
    }
}
