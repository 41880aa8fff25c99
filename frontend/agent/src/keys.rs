//! The port to whoever holds the keys, and the broker behind it.
//!
//! May touch: the system bus. Must never send a request twice: whether it was carried out already
//! cannot be known.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use sshtpm_dbus::{Binding, Error, ErrorKind, Identity, option};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tracing::warn;
use zbus::Variant;

use crate::asker::Asker;
use crate::asking::conversations::{self, Prompts};
use crate::asking::person::AgentPerson;
use crate::broker::places::{Bounds, Places};
use crate::lock::AgentLock;
use crate::origin::Origin;
use crate::throttle::Throttle;
use sshtpm_client::Broker;

/// What an agent needs of whoever holds the keys of its user.
pub(crate) trait Keys {
    /// All keys that may be used for `asker` and are not lost.
    async fn identities(&self, asker: &Asker) -> Result<Vec<Identity>, Error>;

    /// Signs `data`, of 0 to [`sshtpm_dbus::MAX_SIGN_DATA_BYTES`] bytes, with the key of that
    /// fingerprint, and returns the signature blob (RFC 4253 §6.6). `flags` are those of RFC 9987,
    /// "Signature Flags".
    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error>;

    /// Has all PINs of the user forgotten.
    async fn forget_pins(&self) -> Result<(), Error>;

    /// The lock of the agent. Whoever asks for keys looks at it before.
    fn lock(&self) -> &AgentLock;
}

/// Signatures for local programs. A person can be asked about a few things at once, and the TPM
/// does one after the other anyway; those that wait are the logins that sshd begins at the same
/// time (`MaxStartups`, 100), or a program that logs in to a hundred hosts.
const LOCAL_SIGNS: Bounds = Bounds {
    at_broker: 16,
    waiting: 128,
};

/// Lists for local programs: each takes milliseconds, and comes before a signature.
const LOCAL_LISTS: Bounds = Bounds {
    at_broker: 8,
    waiting: 128,
};

/// Signatures for all hosts to which the agent is forwarded, and as many lists: people jump from
/// one to the next, one at a time.
const FORWARDED: Bounds = Bounds {
    at_broker: 4,
    waiting: 16,
};

/// Most requests of forwarded connections that are in progress at the same time.
pub(super) const MAX_FORWARDED_REQUESTS: usize =
    2 * FORWARDED.sum() + conversations::MAX_FORWARDED_WAITING;

/// Most requests that are in progress at the same time.
pub(super) const MAX_REQUESTS: usize = LOCAL_SIGNS.sum()
    + LOCAL_LISTS.sum()
    + conversations::MAX_LOCAL_WAITING
    + MAX_FORWARDED_REQUESTS;

/// How long making a connection to the bus may take: it is a socket on this machine.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// The keys of the user as whom the agent runs, at `sshtpm-broker`.
#[derive(Debug)]
pub(super) struct BrokerKeys {
    local: Lane,
    forwarded: Lane,
    bus: Mutex<Bus>,
    prompts: Prompts<AgentPerson>,
    lock: AgentLock,
}

/// What the requests of one origin have for themselves.
#[derive(Debug)]
struct Lane {
    signs: Places,
    lists: Places,
    failures: RefCell<Throttle>,
}

/// The one connection of the agent to the bus; made when it is first needed.
#[derive(Debug, Default)]
struct Bus {
    broker: Option<Broker>,
    failed: Option<(Instant, Error)>,
}

impl BrokerKeys {
    /// Connects to nothing yet, so that an agent can start before the bus does. PINs are asked of
    /// `person`.
    pub(super) fn new(person: AgentPerson) -> Self {
        Self {
            local: Lane::new(LOCAL_SIGNS, LOCAL_LISTS),
            forwarded: Lane::new(FORWARDED, FORWARDED),
            bus: Mutex::default(),
            prompts: Prompts::new(person),
            lock: AgentLock::default(),
        }
    }

    fn lane(&self, origin: Origin) -> &Lane {
        match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        }
    }

    async fn broker(&self) -> Result<Broker, Error> {
        let arrived = Instant::now();
        let mut bus = self.bus.lock().await;
        if let Some(broker) = bus.broker.as_ref().filter(|broker| !broker.is_closed()) {
            return Ok(broker.clone());
        }
        // Whoever waited while an attempt failed shares its outcome, or each would wait anew.
        if let Some((_, error)) = bus.failed.as_ref().filter(|(at, _)| *at >= arrived) {
            return Err(error.clone());
        }
        bus.broker = None;
        let made = connect().await;
        match &made {
            Ok(broker) => bus.broker = Some(broker.clone()),
            Err(error) => bus.failed = Some((Instant::now(), error.clone())),
        }
        made
    }

    async fn ask_for_list(&self, lane: &Lane, asker: &Asker) -> Result<Vec<Identity>, Error> {
        let place = lane.lists.take().await?;
        let broker = self.broker().await?;
        let options = sessions_option(&asker.sessions);
        let call = async move { Ok(broker.keys().list_identities(&options).await?) };
        place.hold(call).await
    }

    async fn ask_to_sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        lane: &Lane,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error> {
        let place = lane.signs.take().await?;
        let broker = self.broker().await?;
        let (fingerprint, data) = (fingerprint.to_owned(), data.to_vec());
        let mut options = sessions_option(&asker.sessions);
        if let Some(client) = &asker.client {
            options.insert(option::CLIENT, Variant::from(client.as_str().to_owned()));
        }
        let call = async move {
            let signed = broker.keys().sign(&fingerprint, &data, flags, &options);
            Ok(signed.await?)
        };
        place.hold(call).await
    }

    async fn unlock(&self, fingerprint: &str, asker: &Asker) -> Result<(), Error> {
        let broker = self.broker().await?;
        self.prompts.unlock(fingerprint, asker, broker).await
    }
}

impl Keys for BrokerKeys {
    async fn identities(&self, asker: &Asker) -> Result<Vec<Identity>, Error> {
        let lane = self.lane(asker.origin);
        let listed = self.ask_for_list(lane, asker).await;
        listed.inspect_err(|error| lane.report("cannot list keys", error))
    }

    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error> {
        let lane = self.lane(asker.origin);
        let ask = async || {
            let asked = self.ask_to_sign(fingerprint, data, flags, lane, asker);
            asked.await
        };
        let signing = async {
            match ask().await {
                // Nobody has a place at the broker while a person is asked.
                Err(error) if error.kind() == ErrorKind::PinRequired => {
                    self.unlock(fingerprint, asker).await?;
                    ask().await
                }
                answer => answer,
            }
        };
        // What waits for a person, a place or the TPM is not served any more.
        let signed = tokio::select! {
            biased;
            () = self.lock.locked() => Err(locked()),
            signed = signing => signed,
        };
        signed.inspect_err(|error| lane.report(&format!("cannot sign with {fingerprint}"), error))
    }

    async fn forget_pins(&self) -> Result<(), Error> {
        let forgotten = async {
            let place = self.local.lists.take().await?;
            let broker = self.broker().await?;
            let call = async move { Ok(broker.keys().lock(&HashMap::new()).await?) };
            place.hold(call).await
        };
        let report = |error: &_| self.local.report("cannot have PINs forgotten", error);
        forgotten.await.inspect_err(report)
    }

    fn lock(&self) -> &AgentLock {
        &self.lock
    }
}

impl Lane {
    fn new(signs: Bounds, lists: Bounds) -> Self {
        Self {
            signs: Places::new(signs),
            lists: Places::new(lists),
            failures: RefCell::default(),
        }
    }

    fn report(&self, what: &str, error: &Error) {
        if let Some(suppressed) = self.failures.borrow_mut().passes() {
            warn!("{what}: {error}{suppressed}");
        }
    }
}

/// None where there are none: the broker then knows of no session.
fn sessions_option(sessions: &[Binding]) -> HashMap<&'static str, Variant<'static>> {
    let sessions = (!sessions.is_empty()).then(|| Variant::from(sessions.to_vec()));
    let sessions = sessions.map(|sessions| (option::SESSIONS, sessions));
    sessions.into_iter().collect()
}

fn locked() -> Error {
    let text = "the agent was locked meanwhile; unlock it with `ssh-add -X`";
    Error::new(ErrorKind::NotAuthorized, text)
}

async fn connect() -> Result<Broker, Error> {
    match timeout(MAX_CONNECT, Broker::connect()).await {
        Ok(made) => made,
        Err(_) => Err(Error::new(
            ErrorKind::BrokerUnavailable,
            "the system bus does not answer; see `systemctl status dbus`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentPerson, BrokerKeys, Places};
    use crate::broker::places::Place;
    use crate::origin::Origin;
    use futures_util::FutureExt;

    /// Takes every place that is free.
    fn crowd(places: &Places) -> Vec<Place> {
        let taken = std::iter::from_fn(|| places.take().now_or_never());
        taken.map(|place| place.unwrap()).collect()
    }

    fn has_room(places: &Places) -> bool {
        places
            .take()
            .now_or_never()
            .is_some_and(|taken| taken.is_ok())
    }

    #[tokio::test]
    async fn a_list_does_not_wait_behind_signatures() {
        let keys = BrokerKeys::new(AgentPerson::new(None));
        for origin in [Origin::Local, Origin::Forwarded] {
            let lane = keys.lane(origin);
            let _signing = crowd(&lane.signs);
            assert!(!has_room(&lane.signs));
            assert!(has_room(&lane.lists));
        }
    }

    #[tokio::test]
    async fn forwarded_requests_take_no_place_of_local_ones() {
        let keys = BrokerKeys::new(AgentPerson::new(None));
        let (forwarded, local) = (keys.lane(Origin::Forwarded), keys.lane(Origin::Local));
        let _crowd = (crowd(&forwarded.signs), crowd(&forwarded.lists));
        assert!(!has_room(&forwarded.signs) && !has_room(&forwarded.lists));
        assert!(has_room(&local.signs) && has_room(&local.lists));
    }
}
