//! Stands at the connection that has the broker's name: every user of the machine may call it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use zbus::message::{Message, Type};

use super::callers::Callers;
use super::ledger::{Call, Entry, Ledger};
use super::outward::is_of_bus_daemon;
use super::refusals::{Refusals, Why};
use super::served;
use super::transport::{Incoming, Keeper};

/// The keeper of one connection to the bus.
#[derive(Debug)]
pub(super) struct BusKeeper {
    callers: Callers,
    ledger: Arc<Ledger>,
    refusals: Refusals,
    gave_up: AtomicBool,
}

impl BusKeeper {
    pub(super) fn new(callers: Callers, ledger: Arc<Ledger>, refusals: Refusals) -> Self {
        Self {
            callers,
            ledger,
            refusals,
            gave_up: AtomicBool::new(false),
        }
    }

    /// Whether the connection ended because the bus daemon no longer took our answers.
    pub(super) fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::Acquire)
    }

    async fn lets_call(&self, incoming: &Incoming) -> bool {
        let header = incoming.message.header();
        let Some(sender) = header.sender() else {
            return false;
        };
        let Ok(uid) = self.callers.uid(sender).await else {
            return false;
        };
        let now = Instant::now();
        let cost = served::cost(&header, incoming.body_bytes).filter(|_| !incoming.was_cut);
        let Some(bytes) = cost else {
            self.ledger.refuse(uid, now);
            self.refuse(incoming, Why::Length).await;
            return false;
        };
        let id = (sender.to_string(), header.primary().serial_num().get());
        let entry = self.ledger.enter(
            Call {
                id,
                uid,
                bytes,
                wants_answer: incoming.wants_answer,
            },
            now,
        );
        let why = match entry {
            Entry::Served => return true,
            Entry::Ignored => return false,
            Entry::NoRoom => Why::NoRoom,
            Entry::Indebted => Why::Indebted,
            Entry::StillIndebted => Why::StillIndebted,
        };
        self.refuse(incoming, why).await;
        false
    }

    async fn refuse(&self, incoming: &Incoming, why: Why) {
        if incoming.wants_answer {
            self.refusals.refuse(&incoming.message, why).await;
        }
    }
}

impl Keeper for BusKeeper {
    // dbus-daemon reads at once unless it counts too much against us. Until the connection is
    // replaced, an agent that starts gets no channel, and a login waits for that.
    const PATIENCE: Duration = Duration::from_millis(500);
    // The first calls of all connections that dbus-daemon lets one user have
    // (`max_connections_per_user`), each of which it is asked about.
    const AT_ONCE: usize = 256;

    async fn lets_in(&self, incoming: &Incoming) -> bool {
        match incoming.message.message_type() {
            Type::MethodCall => self.lets_call(incoming).await,
            _ => is_of_bus_daemon(&incoming.message.header()),
        }
    }

    fn lets_out(&self, message: &Message) -> bool {
        answered(message).is_none_or(|call| self.ledger.wants_answer(&call))
    }

    fn is_out(&self, message: &Message) {
        if let Some(call) = answered(message) {
            self.ledger
                .settle(&call, message.data().len(), Instant::now());
        }
    }

    fn gives_up(&self) {
        self.gave_up.store(true, Ordering::Release);
    }
}

/// The call that `message` answers: the unique name of its sender, and its serial number.
fn answered(message: &Message) -> Option<(String, u32)> {
    let header = message.header();
    let call = header.reply_serial()?;
    Some((header.destination()?.to_string(), call.get()))
}
