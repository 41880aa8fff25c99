//! `org.sshtpm.Broker1.Tpm` (documented in `dbus/data/org.sshtpm.Broker1.xml`).
//!
//! The properties everybody on the machine may read; nothing of them is about a user. Methods are
//! requests like others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_bytes::ByteBuf;
use sshtpm_dbus::{Error, Queue, WireLockout, WireWord};
use tokio::sync::watch;
use zbus::message::Header;
use zbus::object_server::InterfaceRef;

use super::front_door::FrontDoor;
use super::options::Options;
use super::secrets::Secrets;
use sshtpm_core::error::RequestError;
use sshtpm_core::identity::Caller;
use sshtpm_core::measurement::Measurement;
use sshtpm_core::ports::Ports;
use sshtpm_core::service::Service;
use sshtpm_core::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::tpm::TpmState;
use sshtpm_ssh::word::Word as _;

/// Shows what the core knows about the TPM.
#[derive(Debug)]
pub(super) struct Tpm<P: Ports> {
    door: FrontDoor,
    service: Arc<Service<P>>,
    place: TpmPlace,
    secrets: Secrets,
}

/// Where the TPM and its parent key are.
#[derive(Clone, Debug)]
pub(crate) struct TpmPlace {
    /// As in the configuration: `device:/dev/tpmrm0`.
    pub(crate) device: String,
    pub(crate) parent_handle: u32,
}

impl<P: Ports> Tpm<P> {
    pub(super) fn new(
        door: FrontDoor,
        service: Arc<Service<P>>,
        place: TpmPlace,
        secrets: Secrets,
    ) -> Self {
        Self {
            door,
            service,
            place,
            secrets,
        }
    }

    /// A TPM that was just opened has not said it yet.
    async fn fact<T: Default>(&self, of: impl FnOnce(TpmFacts) -> T) -> T {
        self.service.tpm_facts().await.map(of).unwrap_or_default()
    }
}

#[zbus::interface(name = "org.sshtpm.Broker1.Tpm", introspection_docs = false)]
impl<P: Ports> Tpm<P> {
    #[zbus(out_args("lockout"))]
    async fn get_lockout(
        &self,
        #[zbus(header)] header: Header<'_>,
        options: Options,
    ) -> Result<WireLockout, Error> {
        let work = async |caller| {
            options.finish()?;
            Ok(WireLockout(self.service.get_lockout(caller).await?))
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("values"))]
    async fn get_pcrs(
        &self,
        #[zbus(header)] header: Header<'_>,
        pcrs: String,
        options: Options,
    ) -> Result<Vec<ByteBuf>, Error> {
        let work = async |caller| {
            options.finish()?;
            let selection = pcrs.parse().map_err(RequestError::Pcrs)?;
            let values = self.service.get_pcrs(caller, selection).await?;
            Ok(values.values().map(ByteBuf::from).collect())
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("queue"))]
    async fn get_queue(
        &self,
        #[zbus(header)] header: Header<'_>,
        options: Options,
    ) -> Result<Queue, Error> {
        let work = async |caller| {
            options.finish()?;
            let queue = self.service.get_queue(caller).await?;
            let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
            Ok(Queue {
                waiting: number(queue.waiting),
                own: number(queue.own),
                generations: number(queue.generations),
                generating: queue.generating,
            })
        };
        self.door.serve(&header, work).await
    }

    #[zbus(out_args("times"))]
    async fn measure(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<HashMap<String, Vec<u32>>, Error> {
        let work = async |caller| {
            let with_rsa = options.rsa()?;
            options.finish()?;
            let measurement = self.service.measure_tpm(caller, with_rsa).await?;
            Ok(by_word(&measurement))
        };
        self.door.serve(&header, work).await
    }

    async fn reset_lockout(
        &self,
        #[zbus(header)] header: Header<'_>,
        mut options: Options,
    ) -> Result<(), Error> {
        let work = async |caller: Caller| {
            let password = options.pin()?;
            options.finish()?;
            let password = self.secrets.take_if(&caller, password).await?;
            Ok(self.service.reset_lockout(caller, password).await?)
        };
        self.door.serve(&header, work).await
    }

    #[zbus(property)]
    fn state(&self) -> WireWord<TpmState> {
        WireWord(self.service.tpm_status().state)
    }

    #[zbus(property)]
    fn state_reason(&self) -> String {
        self.service.tpm_status().reason
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn device(&self) -> String {
        self.place.device.clone()
    }

    #[zbus(property)]
    async fn manufacturer(&self) -> String {
        self.fact(|facts| facts.manufacturer).await
    }

    #[zbus(property)]
    async fn firmware(&self) -> String {
        self.fact(|facts| facts.firmware).await
    }

    #[zbus(property)]
    async fn algorithms(&self) -> Vec<(String, u32)> {
        self.fact(|facts| {
            let offered = facts.algorithms.into_iter();
            offered
                .map(|one| (one.ssh_name().to_owned(), one.bits()))
                .collect()
        })
        .await
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn parent_handle(&self) -> u32 {
        self.place.parent_handle
    }

    #[zbus(property)]
    fn parent_name(&self) -> String {
        let parent = self.service.tpm_status().parent;
        parent.map(|name| name.to_string()).unwrap_or_default()
    }

    #[zbus(property)]
    async fn parent_public(&self) -> Vec<u8> {
        self.fact(|facts| facts.parent_public.to_vec()).await
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn signature_time(&self) -> u32 {
        self.service.signature_time().map_or(0, microseconds)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// The times of each command, in microseconds.
fn by_word(measurement: &Measurement) -> HashMap<String, Vec<u32>> {
    let mut times: HashMap<_, Vec<_>> = HashMap::new();
    for (measured, took) in measurement.times() {
        let of_this = times.entry(measured.word().to_owned()).or_default();
        of_this.push(microseconds(took));
    }
    times
}

/// An hour has 3.6 thousand million, which is less than the most.
fn microseconds(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// Tells those who follow the properties when they change.
pub(super) async fn announce<P: Ports>(
    tpm: InterfaceRef<Tpm<P>>,
    mut status: watch::Receiver<TpmStatus>,
) {
    let mut before = status.borrow_and_update().clone();
    while status.changed().await.is_ok() {
        let now = status.borrow_and_update().clone();
        if let Err(cause) = announce_change(&tpm, &before, &now).await {
            tracing::debug!(%cause, "a change of the TPM's state was not announced");
        }
        before = now;
    }
}

async fn announce_change<P: Ports>(
    tpm: &InterfaceRef<Tpm<P>>,
    before: &TpmStatus,
    now: &TpmStatus,
) -> zbus::Result<()> {
    let emitter = tpm.signal_emitter();
    let served = tpm.get().await;
    if before.state != now.state {
        served.state_changed(emitter).await?;
    }
    if before.reason != now.reason {
        served.state_reason_changed(emitter).await?;
    }
    if before.parent != now.parent {
        served.parent_name_changed(emitter).await?;
    }
    if before.facts != now.facts {
        served.manufacturer_changed(emitter).await?;
        served.firmware_changed(emitter).await?;
        served.algorithms_changed(emitter).await?;
        served.parent_public_changed(emitter).await?;
    }
    Ok(())
}
