//! The agents behind, as all connections share them.

use std::cell::{Cell, RefCell};

use sshtpm_ssh::agent_report::Refused;
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::error;

use super::dial::{Dial, Dialler};
use super::host_places::{HostPlace, HostPlaces};
use super::loop_check::{Number, Path};
use super::passage::Passage;
use super::refusals::Refusals;
use super::room::Room;
use super::settings::{AgentBehind, Ordinary, Settings};
use super::sieve::Turns;
use super::slot::Slot;
use super::whereabouts::Whereabouts;
use crate::origin::Origin;

/// Most lists of local programs that agents behind are asked for at a time: each may take 256 KiB
/// for each agent until it is answered. Further ones wait, as they do at the broker. An agent that
/// asks this one in turn, unnoticed, comes back so often at most. `MemoryMax=` of the units leaves
/// room for this and for those of [`MAX_FORWARDED`](super::host_places::MAX_FORWARDED).
const MOST_LISTS: usize = 8;

/// All agents behind.
pub(crate) struct Agents {
    pub(super) slots: Vec<Slot>,
    /// The one that gets ordinary keys.
    pub(super) ordinary: Option<usize>,
    /// The one that is OpenSSH's own, and is started when it is needed.
    pub(super) open_ssh: Option<usize>,
    pub(super) dialler: Box<dyn Dialler>,
    pub(super) number: Option<Number>,
    lists: Semaphore,
    /// Places for requests of other hosts.
    pub(super) forwarded: HostPlaces,
    /// Who had which key.
    pub(super) known: Whereabouts,
    /// Whether they are to remove their keys and refused, because they are locked.
    owes_removal: Cell<bool>,
    refusals: RefCell<Refusals>,
}

/// A turn to list keys. Dropping it ends it.
#[derive(Debug)]
#[expect(dead_code, reason = "what is inside is held, and never looked at")]
pub(crate) enum Turn<'a> {
    Local(SemaphorePermit<'a>),
    Forwarded(HostPlace<'a>),
}

impl Agents {
    /// The agents of `settings`, to which `dial` makes connections.
    pub(crate) fn new(settings: &Settings, dial: impl Dial + 'static) -> Self {
        let number = Number::draw();
        if number.is_none() {
            error!("the kernel has no random bytes; no agent behind is used");
        }
        let mut names: Vec<_> = settings.agents().iter().map(name).collect();
        let (ordinary, open_ssh) = match settings.ordinary() {
            Ordinary::Refused => (None, None),
            Ordinary::Agent(index) => (Some(index), None),
            Ordinary::OpenSsh => (Some(names.len()), Some(names.len())),
        };
        if open_ssh.is_some() {
            names.push("OpenSSH's ssh-agent, which keeps ordinary keys".to_owned());
        }
        let slots = slots(names);
        Self {
            known: Whereabouts::new(slots.len()),
            slots,
            ordinary,
            open_ssh,
            dialler: Box::new(dial),
            number,
            lists: Semaphore::new(MOST_LISTS),
            forwarded: HostPlaces::default(),
            owes_removal: Cell::default(),
            refusals: RefCell::default(),
        }
    }

    /// Logs and keeps why a local program was refused what the protocol has no words for.
    pub(crate) fn note_refusal(&self, why: &'static str) {
        self.refusals.borrow_mut().note(why);
    }

    /// Why local programs were lately refused that, the newest reason first.
    pub(crate) fn refusals(&self) -> Vec<Refused> {
        self.refusals.borrow().told()
    }

    /// How many there are, and so how many connections behind a connection may have.
    pub(crate) fn count(&self) -> usize {
        self.slots.len()
    }

    /// A turn to list keys for a request that came by `passage`, which lasts until it is dropped. A
    /// local program waits for it. `None` if too many requests of the other host are at agents
    /// behind: those that would wait could take all connections.
    pub(crate) async fn turn_to_list(&self, passage: &Passage) -> Option<Turn<'_>> {
        match passage.origin {
            // It is never closed.
            Origin::Local => self.lists.acquire().await.ok().map(Turn::Local),
            Origin::Forwarded => self.forwarded.take(&passage.sessions).map(Turn::Forwarded),
        }
    }

    /// All turns of local programs to list keys. No such program lists keys until they are dropped.
    pub(crate) async fn all_turns_to_list(&self) -> Option<SemaphorePermit<'_>> {
        let all = u32::try_from(MOST_LISTS).ok()?;
        // It is never closed.
        self.lists.acquire_many(all).await.ok()
    }

    /// Notes that the agents are to remove their keys once they are unlocked.
    pub(crate) fn owe_removal(&self) {
        self.owes_removal.set(true);
    }

    /// Whether they are to do so.
    pub(crate) fn owes_removal(&self) -> bool {
        self.owes_removal.get()
    }

    /// Whether they were to do so. They no longer are.
    pub(crate) fn take_owed_removal(&self) -> bool {
        self.owes_removal.take()
    }

    /// The number of this process, if it is in `path`.
    pub(super) fn own_number_in(&self, path: &Path) -> Option<Number> {
        self.number.filter(|&number| path.has(number))
    }

    /// Whether this process listens at the socket of an agent behind.
    pub(super) fn has_process(&self, process: i32) -> bool {
        self.slots.iter().any(|slot| slot.is_process(process))
    }
}

fn name(agent: &AgentBehind) -> String {
    format!("the agent behind at {:?}", agent.socket)
}

fn slots(names: Vec<String>) -> Vec<Slot> {
    let (turns, count) = (Turns::default(), names.len());
    let slot = |name| Slot::new(name, Room::of_one_in(count), &turns);
    names.into_iter().map(slot).collect()
}

#[cfg(test)]
impl Agents {
    /// No agents.
    pub(crate) fn none() -> Self {
        let settings = Settings::default();
        Self::new(&settings, super::direct::Direct::new(&settings, Vec::new()))
    }
}
