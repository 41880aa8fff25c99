//! The conversations that are under way, and the right to hold one.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{LocalBoxFuture, Shared, WeakShared};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::conversation::StillLocked;
use super::rests::{HostName, Rests};
use crate::origin::Origin;

type Talk = LocalBoxFuture<'static, Result<(), StillLocked>>;

/// A conversation. It ends when the last request that waits for it is dropped.
pub(super) type Conversation = Shared<Talk>;

/// What all conversations share.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    conversations: RefCell<HashMap<String, (Origin, WeakShared<Talk>)>>,
    /// The hosts to which the agent is forwarded, and that ask nothing for a while.
    rests: RefCell<Rests>,
    /// Conversations that unlocked a key.
    unlocked: Cell<u64>,
}

impl UnderWay {
    pub(super) fn find(&self, fingerprint: &str) -> Option<(Origin, Conversation)> {
        let conversations = self.conversations.borrow();
        let (origin, conversation) = conversations.get(fingerprint)?;
        Some((*origin, conversation.upgrade()?))
    }

    pub(super) fn add(&self, fingerprint: &str, origin: Origin, conversation: &Conversation) {
        if let Some(weak) = conversation.downgrade() {
            let mut conversations = self.conversations.borrow_mut();
            conversations.insert(fingerprint.to_owned(), (origin, weak));
        }
    }

    pub(super) fn unlocked(&self) -> u64 {
        self.unlocked.get()
    }

    pub(super) fn rest(&self, host: &HostName) -> Option<Duration> {
        self.rests.borrow().left(host, Instant::now())
    }
}

/// The right to ask. It is dropped when the conversation ends, or when no request waits for it.
pub(super) struct Turn {
    under_way: Rc<UnderWay>,
    fingerprint: String,
    /// The host that asks, if the agent is forwarded to one.
    host: Option<HostName>,
    outcome: Outcome,
    _place: OwnedSemaphorePermit,
}

#[derive(Clone, Copy)]
enum Outcome {
    /// A person saw a question, and no key was unlocked. A host that drops its question counts so.
    InVain,
    NotAsked,
    Unlocked,
}

impl Turn {
    pub(super) fn new(
        under_way: &Rc<UnderWay>,
        fingerprint: &str,
        host: Option<HostName>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            under_way: Rc::clone(under_way),
            fingerprint: fingerprint.to_owned(),
            host,
            outcome: Outcome::InVain,
            _place: place,
        }
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(super) fn ended(&mut self, outcome: &Result<(), StillLocked>) {
        self.outcome = match outcome {
            Ok(()) => {
                let unlocked = &self.under_way.unlocked;
                unlocked.set(unlocked.get().wrapping_add(1));
                Outcome::Unlocked
            }
            Err(still) if still.was_asked => Outcome::InVain,
            Err(_) => Outcome::NotAsked,
        };
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut conversations = self.under_way.conversations.borrow_mut();
        conversations.remove(&self.fingerprint);
        let Some(host) = self.host.take() else {
            return;
        };
        let mut rests = self.under_way.rests.borrow_mut();
        match self.outcome {
            Outcome::InVain => rests.add(host, Instant::now()),
            Outcome::NotAsked => {}
            Outcome::Unlocked => rests.forget(&host),
        }
    }
}
