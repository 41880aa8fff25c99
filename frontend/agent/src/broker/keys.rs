//! The keys of the user at `sshtpm-broker`, behind the port [`Keys`].
//!
//! May touch: the system bus, and the channel to the broker.

use std::collections::HashMap;

use sshtpm_dbus::{Error, Identity, option};
use sshtpm_ssh::agent_report::Asks;
use sshtpm_ssh::purpose::{AnyPurpose, Purpose};
use zbus::Variant;

use super::bus::Bus;
use super::confirmed::Confirmed;
use super::lanes::{Lane, Lanes};
use super::options::{Options, RawKeys, options_of};
use crate::asker::Asker;
use crate::asking::conversations::Prompts;
use crate::asking::person::AgentPerson;
use crate::keys::{Keys, KeysByPurpose};
use crate::lock::AgentLock;
use crate::notify::notifier::{Notifier, Signing};
use crate::notify::settings::Settings;
use crate::origin::Origin;

/// The keys of the user who runs the agent.
#[derive(Debug)]
pub(crate) struct BrokerKeys {
    pub(super) lanes: Lanes,
    pub(super) bus: Bus,
    pub(super) prompts: Prompts<AgentPerson>,
    pub(super) notifier: Notifier,
    pub(super) confirmed: Confirmed,
    pub(super) lock: AgentLock,
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

    async fn list(&self, asker: &Asker, options: Options) -> Result<Vec<Identity>, Error> {
        let lane = self.lanes.of(asker.origin);
        let listed = self.ask_for_list(lane, options).await;
        listed.inspect_err(|error| lane.report("cannot list keys", error))
    }

    async fn ask_for_list(&self, lane: &Lane, options: Options) -> Result<Vec<Identity>, Error> {
        let place = lane.lists.take().await?;
        let bus = self.bus.clone();
        let call = async move {
            bus.call(async |broker| broker.keys().list_identities(&options).await)
                .await
        };
        place.hold(call).await
    }
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
