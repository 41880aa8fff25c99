//! The open conversations about PINs. There is one for a key, and all requests for that key wait
//! for it.
//!
//! May touch: only what it is given. Must never let a host to which the agent is forwarded put one
//! question after the other on the user's screen.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::FutureExt;
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::Semaphore;

use super::conversation::{self, Ask, Locked, StillLocked};
use super::rests::HostName;
use super::under_way::{Conversation, Turn, UnderWay};
use crate::asker::Asker;
use crate::origin::Origin;
use crate::protocol::host_fingerprint;

/// Questions for local programs at a time; more dialogues would only confuse. `MaxConnections=` of
/// `sshtpm-askpass.socket` counts on it.
const MAX_LOCAL: usize = 2;

/// Questions for all hosts to which the agent is forwarded, at a time.
const MAX_FORWARDED: usize = 1;

/// Requests of local programs that wait for an answer, such as the logins of a program that begins
/// some hundred at once. With 1,024 files, the agent has about as many connections again for
/// others, however long the person takes.
const MAX_LOCAL_WAITING: usize = 512;

/// The same for forwarded connections.
pub(crate) const MAX_FORWARDED_WAITING: usize = 4;

/// Asks a person for PINs, within bounds.
#[derive(Debug)]
pub(crate) struct Prompts<A> {
    person: Rc<A>,
    under_way: Rc<UnderWay>,
    local: Lane,
    forwarded: Lane,
}

/// The bounds for the requests of one origin.
#[derive(Debug)]
struct Lane {
    questions: Arc<Semaphore>,
    waiting: Semaphore,
}

impl<A: Ask + 'static> Prompts<A> {
    /// Without any conversation yet. Questions will go to `person`.
    pub(crate) fn new(person: A) -> Self {
        Self {
            person: Rc::new(person),
            under_way: Rc::default(),
            local: Lane::new(MAX_LOCAL, MAX_LOCAL_WAITING),
            forwarded: Lane::new(MAX_FORWARDED, MAX_FORWARDED_WAITING),
        }
    }

    /// Unlocks the key that has `fingerprint`, for `asker`. Joins the conversation about that key
    /// if there is one, and begins one otherwise.
    ///
    /// # Errors
    ///
    /// The person does not enter the PIN, the broker refuses, or too many questions are open.
    pub(crate) async fn unlock(
        &self,
        fingerprint: &str,
        asker: &Asker,
        keys: impl Locked + 'static,
    ) -> Result<(), Error> {
        let keys = Rc::new(keys);
        let waiting = self.lane(asker.origin).waiting.try_acquire();
        let _waiting = waiting.map_err(|_| too_many())?;
        loop {
            let (origin, conversation) = match self.under_way.find(fingerprint) {
                Some(found) => found,
                None => (asker.origin, self.begin(fingerprint, asker, &keys)?),
            };
            let Err(refused) = conversation.await else {
                return Ok(());
            };
            // A person who refused another host may still accept a program on this machine.
            if origin == asker.origin || origin == Origin::Local {
                return Err(refused.error);
            }
        }
    }

    /// Who is asked.
    pub(crate) fn person(&self) -> &A {
        &self.person
    }

    /// How many questions unlocked a key. If that is another number than before a request, the
    /// broker may have refused it just before the answer, and needs no further question.
    pub(crate) fn unlocked(&self) -> u64 {
        self.under_way.unlocked()
    }

    fn begin(
        &self,
        fingerprint: &str,
        asker: &Asker,
        keys: &Rc<impl Locked + 'static>,
    ) -> Result<Conversation, Error> {
        let host = forwarded_host(asker);
        if let Some(left) = host.as_ref().and_then(|host| self.under_way.rest(host)) {
            return Err(resting(left));
        }
        let place = Arc::clone(&self.lane(asker.origin).questions);
        let place = place.try_acquire_owned().map_err(|_| too_many())?;
        let turn = Turn::new(&self.under_way, fingerprint, host, place);
        let (person, keys) = (Rc::clone(&self.person), Rc::clone(keys));
        let talk = talk(turn, person, keys, asker.clone());
        let conversation = talk.boxed_local().shared();
        self.under_way.add(fingerprint, asker.origin, &conversation);
        Ok(conversation)
    }

    fn lane(&self, origin: Origin) -> &Lane {
        match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        }
    }
}

impl Lane {
    fn new(questions: usize, waiting: usize) -> Self {
        Self {
            questions: Arc::new(Semaphore::new(questions)),
            waiting: Semaphore::new(waiting),
        }
    }
}

async fn talk(
    mut turn: Turn,
    person: Rc<impl Ask>,
    keys: Rc<impl Locked>,
    asker: Asker,
) -> Result<(), StillLocked> {
    let outcome = conversation::unlock(&*person, &*keys, turn.fingerprint(), &asker).await;
    turn.ended(&outcome);
    outcome
}

fn too_many() -> Error {
    let text = "the key needs its PIN, but other questions for PINs are still open; answer them, \
                or run `sshtpm unlock`";
    Error::new(ErrorKind::PinRequired, text)
}

/// The nearest host to which the agent is forwarded, if the request is such a host's. The SSH
/// client of this machine bound its session; the host at the other end cannot choose it.
fn forwarded_host(asker: &Asker) -> Option<HostName> {
    let nearest = asker.sessions.first();
    let name = || nearest.and_then(|session| host_fingerprint(&session.host_key));
    (asker.origin == Origin::Forwarded).then(name)
}

fn resting(left: Duration) -> Error {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let text = format!(
        "the key needs its PIN, but you did not answer an earlier question of this host, to which \
         the agent is forwarded; it may ask again in {seconds} s; run `sshtpm unlock` if you trust \
         that host"
    );
    Error::new(ErrorKind::PinRequired, text)
}

#[cfg(test)]
#[path = "conversations_tests.rs"]
mod tests;
