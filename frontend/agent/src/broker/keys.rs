//! The keys of the user at `sshtpm-broker`, behind the port [`Keys`].
//!
//! May touch: the system bus, and the channel to the broker. Must never send a request again after
//! an error other than `PinRequired`, because the broker may have carried it out; except one that
//! the end of the broker cut short, which changes nothing if it is carried out twice.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use sshtpm_dbus::{Error, Identity, WireBinding, option};
use sshtpm_ssh::agent_report::Asks;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::purpose::{AnyPurpose, Purpose};
use tokio::time::sleep;
use zbus::Variant;

use super::bus::Bus;
use super::confirmed::Confirmed;
use super::lanes::{Lane, Lanes};
use super::unlocked_by_signing::{Answer, SignRequest, UnlockedBySigning};
use crate::asker::Asker;
use crate::asking::conversations::Prompts;
use crate::asking::person::AgentPerson;
use crate::keys::{Keys, KeysByPurpose};
use crate::lock::AgentLock;
use crate::notify::notifier::{For, Notifier, Signing};
use crate::notify::settings::Settings;
use crate::origin::Origin;

/// How long a signature or a person may take before the person is notified. Most chips sign within
/// half a second.
const UNNOTICED: Duration = Duration::from_secs(1);

/// Whether a raw key is meant, if the key is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RawKeys {
    Meant,
    NotMeant,
}

/// The keys of the user who runs the agent.
#[derive(Debug)]
pub(crate) struct BrokerKeys {
    lanes: Lanes,
    bus: Bus,
    prompts: Prompts<AgentPerson>,
    notifier: Notifier,
    confirmed: Confirmed,
    lock: AgentLock,
}

impl BrokerKeys {
    /// Keys whose PINs are asked of `person`, who is notified of what `notices` include. Does not
    /// connect yet, so that an agent can start before the bus.
    pub(crate) fn new(person: AgentPerson, notices: Settings) -> Self {
        let bus = Bus::default();
        Self {
            lanes: Lanes::default(),
            confirmed: Confirmed::new(bus.clone()),
            bus,
            notifier: Notifier::new(notices, person.screen()),
            prompts: Prompts::new(person),
            lock: AgentLock::default(),
        }
    }

    async fn list(
        &self,
        asker: &Asker,
        options: HashMap<&'static str, Variant<'static>>,
    ) -> Result<Vec<Identity>, Error> {
        let lane = self.lanes.of(asker.origin);
        let listed = self.ask_for_list(lane, options).await;
        listed.inspect_err(|error| lane.report("cannot list keys", error))
    }

    async fn ask_for_list(
        &self,
        lane: &Lane,
        options: HashMap<&'static str, Variant<'static>>,
    ) -> Result<Vec<Identity>, Error> {
        let place = lane.lists.take().await?;
        let bus = self.bus.clone();
        let call = async move {
            bus.call(async |broker| broker.keys().list_identities(&options).await)
                .await
        };
        place.hold(call).await
    }

    async fn ask_to_sign(
        &self,
        Signing {
            fingerprint,
            data,
            asker,
        }: Signing<'_>,
        flags: u32,
        raw_keys: RawKeys,
    ) -> Result<Vec<u8>, Error> {
        let lane = self.lanes.of(asker.origin);
        let place = lane.signs.take().await?;
        let bus = self.bus.clone();
        let (fingerprint, data) = (fingerprint.to_owned(), data.to_vec());
        let options = sign_options(asker, raw_keys);
        let call = async move {
            bus.call(async |broker| {
                let keys = broker.keys();
                keys.sign(&fingerprint, &data, flags, &options).await
            })
            .await
        };
        place.hold(call).await
    }

    /// Waits for `answer`. If it takes long because a person has to enter the PIN or to confirm the
    /// use, the person is notified. What is refused at once is no reason to call anybody.
    async fn notifying<T>(
        &self,
        signing: Signing<'_>,
        what: For,
        answer: impl Future<Output = T>,
    ) -> T {
        if !self.notifier.notifies_of_waiting() {
            return answer.await;
        }
        let notify = async {
            sleep(UNNOTICED).await;
            let _showing = match self.is_waiting(signing, what).await {
                true => self.notifier.waiting(signing, what),
                false => None,
            };
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            never = notify => match never {},
        }
    }

    async fn is_waiting(&self, signing: Signing<'_>, what: For) -> bool {
        let origin = signing.asker.origin;
        match what {
            For::Pin => true,
            For::Confirmation => {
                let look = self.confirmed.is_confirmed(signing.fingerprint, origin);
                look.await
            }
        }
    }

    /// Signs, while a person is asked if need be, and told.
    async fn sign_shown(
        &self,
        shown: Signing<'_>,
        flags: u32,
        raw_keys: RawKeys,
    ) -> Result<Vec<u8>, Error> {
        let (fingerprint, asker) = (shown.fingerprint, shown.asker);
        let ask = async || {
            let asked = self.ask_to_sign(shown, flags, raw_keys);
            self.notifying(shown, For::Confirmation, asked).await
        };
        let signing = async {
            let unlocked = self.prompts.unlocked();
            let mut answer = ask().await;
            if needs_pin(&answer) && self.prompts.unlocked() != unlocked {
                answer = ask().await;
            }
            // A request gives up its place at the broker while a person is asked.
            if needs_pin(&answer) {
                let request = SignRequest {
                    data: shown.data.to_owned(),
                    flags,
                    options: sign_options(asker, raw_keys),
                };
                let unlocked = self.unlock(fingerprint, asker, request);
                answer = match self.notifying(shown, For::Pin, unlocked).await? {
                    Some(answer) => answer,
                    None => ask().await,
                };
            }
            answer
        };
        // Locking the agent ends requests that wait for a person, a place or the TPM.
        let signed = tokio::select! {
            biased;
            () = self.lock.locked() => Err(locked()),
            signed = signing => signed,
        };
        if signed.is_ok() {
            self.notifier.used(shown);
        }
        let lane = self.lanes.of(asker.origin);
        signed.inspect_err(|error| lane.report_signing(fingerprint, error))
    }

    /// Has a person asked for the PIN. Returns the answer to `request`, which is the check of the
    /// PIN; `None` if the broker accepted the PIN by itself, or with another request.
    async fn unlock(
        &self,
        fingerprint: &str,
        asker: &Asker,
        request: SignRequest,
    ) -> Result<Option<Answer>, Error> {
        let (unlocked_by, answer) = UnlockedBySigning::new(self.bus.clone(), request);
        self.prompts.unlock(fingerprint, asker, unlocked_by).await?;
        Ok(answer.take())
    }
}

fn needs_pin<T>(answer: &Result<T, Error>) -> bool {
    let error = answer.as_ref().err();
    error.is_some_and(|error| error.kind() == ErrorKind::PinRequired)
}

impl Keys for BrokerKeys {
    async fn identities(&self, asker: &Asker) -> Result<Vec<Identity>, Error> {
        self.list(asker, options_of(asker)).await
    }

    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error> {
        let signing = Signing {
            fingerprint,
            data,
            asker,
        };
        self.sign_shown(signing, flags, RawKeys::NotMeant).await
    }

    async fn forget_pins(&self) -> Result<(), Error> {
        let forgotten = async {
            let place = self.lanes.of(Origin::Local).lists.take().await?;
            let bus = self.bus.clone();
            let call = async move {
                bus.call(async |broker| broker.keys().lock(&HashMap::new()).await)
                    .await
            };
            place.hold(call).await
        };
        let report = |error: &_| {
            self.lanes
                .of(Origin::Local)
                .report("cannot make the broker forget PINs", error)
        };
        forgotten.await.inspect_err(report)
    }

    fn asks(&self) -> Asks {
        self.prompts.person().asks()
    }

    fn lock(&self) -> &AgentLock {
        &self.lock
    }
}

impl KeysByPurpose for BrokerKeys {
    async fn identities_for(
        &self,
        purposes: AnyPurpose,
        asker: &Asker,
    ) -> Result<Vec<Identity>, Error> {
        let names: Vec<_> = purposes.iter().map(Purpose::name).collect();
        let mut options = options_of(asker);
        options.insert(option::PURPOSES, Variant::from(names));
        self.list(asker, options).await
    }

    async fn sign_even_raw(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error> {
        let signing = Signing {
            fingerprint,
            data,
            asker,
        };
        self.sign_shown(signing, flags, RawKeys::Meant).await
    }
}

/// The options that say who asks. Without sessions, or a known program, there is no option.
fn options_of(asker: &Asker) -> HashMap<&'static str, Variant<'static>> {
    let mut options = HashMap::new();
    if !asker.sessions.is_empty() {
        let sessions: Vec<_> = asker.sessions.iter().cloned().map(WireBinding).collect();
        options.insert(option::SESSIONS, Variant::from(sessions));
    }
    if let Some(client) = &asker.client {
        options.insert(option::CLIENT, Variant::from(client.as_str().to_owned()));
    }
    options
}

fn sign_options(asker: &Asker, raw_keys: RawKeys) -> HashMap<&'static str, Variant<'static>> {
    let mut options = options_of(asker);
    if raw_keys == RawKeys::Meant {
        options.insert(option::RAW, Variant::from(true));
    }
    options
}

fn locked() -> Error {
    let text = "the agent was locked during the request; unlock it with `ssh-add -X`";
    Error::new(ErrorKind::NotAuthorized, text)
}
