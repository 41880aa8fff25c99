//! Stands at a channel. Its client alone is behind it, so nobody else waits when it waits.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zbus::message::{Message, Type};

use super::channel_activity::Activity;
use super::refusals::{Refusals, Why};
use super::served;
use super::transport::{Incoming, Keeper};
use sshtpm_core::identity::Uid;

/// The keeper of one channel.
#[derive(Debug)]
pub(super) struct ChannelKeeper {
    owner: Uid,
    refusals: Refusals,
    activity: Arc<Activity>,
    /// Of [`MOST_HELD_KIB`].
    room: Arc<Semaphore>,
    calls: Mutex<HashMap<u32, Held>>,
}

/// A call that has no answer yet.
#[derive(Debug)]
struct Held {
    _room: OwnedSemaphorePermit,
    wants_answer: bool,
}

/// Most KiB of calls without an answer yet. While a channel has so much, nothing more is read from
/// it. The longest call fits in, and 64 signatures.
const MOST_HELD_KIB: usize = 1024;

const KIB: usize = 1024;

impl ChannelKeeper {
    pub(super) fn new(owner: Uid, refusals: Refusals, activity: Arc<Activity>) -> Self {
        Self {
            owner,
            refusals,
            activity,
            room: Arc::new(Semaphore::new(MOST_HELD_KIB)),
            calls: Mutex::default(),
        }
    }

    async fn lets_call(&self, incoming: &Incoming) -> bool {
        let header = incoming.message.header();
        let cost = served::cost(&header, incoming.body_bytes).filter(|_| !incoming.was_cut);
        let Some(bytes) = cost else {
            if incoming.wants_answer {
                let refused = self.refusals.refuse(&incoming.message, Why::Length);
                refused.await;
            }
            return false;
        };
        let kib = bytes.div_ceil(KIB).min(MOST_HELD_KIB);
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(kib).await else {
            return false;
        };
        let held = Held {
            _room: room,
            wants_answer: incoming.wants_answer,
        };
        // A second call with the number of one that has no answer yet is not served: nobody could
        // tell their answers apart.
        match self.lock().entry(header.primary().serial_num().get()) {
            Entry::Vacant(free) if self.activity.begins_call() => {
                free.insert(held);
                true
            }
            Entry::Vacant(_) | Entry::Occupied(_) => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Held>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper for ChannelKeeper {
    // As an agent allows its clients: both ends are on one machine, and a client may be suspended.
    const PATIENCE: Duration = Duration::from_secs(30);
    // A call that has no room stops the channel.
    const AT_ONCE: usize = 1;

    async fn lets_in(&self, incoming: &Incoming) -> bool {
        match incoming.message.message_type() {
            Type::MethodCall => self.lets_call(incoming).await,
            // The broker calls nobody here.
            _ => false,
        }
    }

    fn lets_out(&self, message: &Message) -> bool {
        let header = message.header();
        let serial = header.reply_serial();
        serial.is_none_or(|serial| {
            let calls = self.lock();
            calls
                .get(&serial.get())
                .is_none_or(|held| held.wants_answer)
        })
    }

    fn is_out(&self, message: &Message) {
        let serial = message.header().reply_serial();
        let answered = serial.and_then(|serial| self.lock().remove(&serial.get()));
        if answered.is_some() {
            self.activity.ends_call(Instant::now());
        }
    }

    fn peer(&self) -> Option<u32> {
        Some(self.owner.0)
    }
}
