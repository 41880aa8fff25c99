//! Places at something that is shared, in which users take turns.
//!
//! Each user has few places at a time, and waits for the next one behind the others. So what one
//! user asks for delays that user, and anybody else only by what is in progress.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

use super::identity::Uid;

/// Places of all users together, and of each of them. How many requests can wait is not bounded
/// here, but by how many a user may have in progress.
#[derive(Clone, Debug)]
pub struct Places {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    free: usize,
    per_user: usize,
    users: HashMap<Uid, User>,
    /// Each user who waits and may have a place, once; the front is served next.
    line: VecDeque<Uid>,
}

#[derive(Debug, Default)]
struct User {
    taken: usize,
    waiting: VecDeque<Arc<Ticket>>,
}

/// One that waits.
#[derive(Debug, Default)]
struct Ticket {
    is_called: AtomicBool,
    waker: AtomicWaker,
}

/// A place, taken until this is dropped.
#[derive(Debug)]
#[must_use = "the place is free again as soon as this is dropped"]
pub struct Place {
    places: Places,
    uid: Uid,
}

impl Places {
    /// `in_all` places, of which a user has at most `per_user` at a time.
    pub fn new(in_all: usize, per_user: usize) -> Self {
        let state = State {
            free: in_all,
            per_user,
            users: HashMap::new(),
            line: VecDeque::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Takes a place for `uid`, and waits for one if it has to.
    pub async fn take(&self, uid: Uid) -> Place {
        let mut turn = Turn {
            places: self,
            uid,
            ticket: self.lock().line_up(uid),
            is_used: false,
        };
        poll_fn(|context| turn.ticket.poll(context)).await;
        turn.is_used = true;
        Place {
            places: self.clone(),
            uid,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().release(self.uid);
    }
}

/// A place to come; it is given up if the caller leaves before it came.
struct Turn<'a> {
    places: &'a Places,
    uid: Uid,
    ticket: Arc<Ticket>,
    is_used: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_used {
            self.places.lock().give_up(self.uid, &self.ticket);
        }
    }
}

impl Ticket {
    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        match self.is_called.load(Ordering::Acquire) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    fn call(&self) {
        self.is_called.store(true, Ordering::Release);
        self.waker.wake();
    }
}

impl State {
    fn line_up(&mut self, uid: Uid) -> Arc<Ticket> {
        let ticket = Arc::<Ticket>::default();
        let user = self.users.entry(uid).or_default();
        user.waiting.push_back(Arc::clone(&ticket));
        self.join(uid);
        self.call();
        ticket
    }

    fn release(&mut self, uid: Uid) {
        self.free += 1;
        if let Some(user) = self.users.get_mut(&uid) {
            user.taken = user.taken.saturating_sub(1);
        }
        self.join(uid);
        self.call();
    }

    /// The one with this ticket no longer waits; if it was called, its place is free.
    fn give_up(&mut self, uid: Uid, ticket: &Arc<Ticket>) {
        if ticket.is_called.load(Ordering::Acquire) {
            return self.release(uid);
        }
        if let Some(user) = self.users.get_mut(&uid) {
            user.waiting.retain(|one| !Arc::ptr_eq(one, ticket));
        }
        self.line.retain(|one| *one != uid);
        self.join(uid);
    }

    /// Puts a user who waits into the line, and forgets one who has and wants nothing.
    fn join(&mut self, uid: Uid) {
        let Some(user) = self.users.get(&uid) else {
            return;
        };
        if user.waiting.is_empty() {
            if user.taken == 0 {
                self.users.remove(&uid);
            }
        } else if user.taken < self.per_user && !self.line.contains(&uid) {
            self.line.push_back(uid);
        }
    }

    /// Gives the free places to those whose turn it is.
    fn call(&mut self) {
        while self.free > 0
            && let Some(uid) = self.line.pop_front()
        {
            if let Some(user) = self.users.get_mut(&uid)
                && let Some(ticket) = user.waiting.pop_front()
            {
                self.free -= 1;
                user.taken += 1;
                ticket.call();
            }
            self.join(uid);
        }
    }
}

#[cfg(test)]
mod tests;
