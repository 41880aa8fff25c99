//! The connection that has the broker's name on the bus, and another one when that is stuck.
//!
//! dbus-daemon counts answers that a client does not read against the broker, and at some point
//! takes nothing more from it, so that nobody gets an answer. The broker notices that its writes
//! stand still, ends the connection, and takes its name over a new one, which has no such debt.
//! The bus daemon tells callers that wait for an answer that there will be none (`NoReply`), and
//! they call again. Channels are not touched by it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::SndBuf;
use sshtpm_dbus::{BUS_NAME, OBJECT_PATH};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use zbus::connection::Builder;
use zbus::fdo::{RequestNameFlags, RequestNameReply};

use super::bus_keeper::BusKeeper;
use super::callers::Callers;
use super::channel_places::Places;
use super::channels::Channels;
use super::front_door::FrontDoor;
use super::interfaces::Interfaces;
use super::ledger::Ledger;
use super::outward::BUS_LIMIT;
use super::refusals::refusals;
use super::tpm::{self, Tpm, TpmPlace};
use super::transport::{Transport, system_bus};
use sshtpm_core::ports::Ports;
use sshtpm_core::quota::Claims;
use sshtpm_core::service::Service;
use sshtpm_core::tpm_facts::TpmStatus;

/// Serves on the bus.
#[derive(Debug)]
pub(crate) struct Server<P: Ports> {
    outward: zbus::Connection,
    parts: Parts<P>,
    now: Mutex<Served>,
}

/// What stays when the connection is replaced.
#[derive(Debug)]
struct Parts<P: Ports> {
    callers: Callers,
    inside: Claims,
    interfaces: Arc<Interfaces<P>>,
    places: Places,
    ledger: Arc<Ledger>,
    status: watch::Receiver<TpmStatus>,
}

/// A connection over which the broker serves.
#[derive(Clone, Debug)]
struct Served {
    connection: zbus::Connection,
    keeper: Arc<BusKeeper>,
    announcing: AbortHandle,
    /// Told when the connection has ended, and the calls that came over it with it.
    has_ended: watch::Sender<bool>,
}

/// How long the bus may take until the broker has its name over a new connection: less than half of
/// what the service manager's watchdog allows (`WatchdogSec=` of the unit).
const RENEWAL_LIMIT: Duration = Duration::from_secs(25);

/// Answers that the kernel keeps for the bus daemon. A socket can be written to again when three
/// quarters of it are read, so with the usual 200 KiB a bus daemon that is only busy would seem to
/// read nothing for seconds.
const SEND_BUFFER_BYTES: usize = 16 * 1024;

/// Pause before the broker asks for its name once more.
const RENEWAL_STEP: Duration = Duration::from_millis(20);

impl<P: Ports> Server<P> {
    /// Serves `service` on the bus, and then takes the name, so that the first caller finds
    /// everything in place. Questions go over `outward`.
    ///
    /// # Errors
    ///
    /// Somebody else has the name, or the bus policy does not give it to us.
    pub(crate) async fn start(
        outward: &zbus::Connection,
        service: Arc<Service<P>>,
        place: TpmPlace,
        status: watch::Receiver<TpmStatus>,
    ) -> zbus::Result<Self> {
        let callers = Callers::start(outward).await?;
        let parts = Parts {
            callers,
            inside: Claims::default(),
            interfaces: Arc::new(Interfaces::new(service, place)),
            places: Places::default(),
            ledger: Arc::default(),
            status,
        };
        let served = parts.serve().await?;
        if !take_name(&served.connection).await? {
            return Err(zbus::Error::NameTaken);
        }
        Ok(Self {
            outward: outward.clone(),
            parts,
            now: Mutex::new(served),
        })
    }

    /// Keeps serving, over another connection if one is stuck. Returns when the bus is lost.
    pub(crate) async fn keep(&self) -> zbus::Error {
        loop {
            let served = self.now();
            tokio::select! {
                () = served.connection.closed() => {}
                () = self.outward.closed() => return lost(),
            }
            if !served.keeper.gave_up() {
                return lost();
            }
            tracing::warn!(
                "the bus takes no more answers, as if clients did not read theirs; serving over a \
                 new connection"
            );
            match timeout(RENEWAL_LIMIT, self.renew(&served)).await {
                Ok(Ok(())) => tracing::info!("serving over the new connection"),
                Ok(Err(cause)) => return cause,
                Err(_) => return lost(),
            }
        }
    }

    /// The unique bus name under which the broker can be called now.
    pub(crate) fn unique_name(&self) -> Option<String> {
        self.now().connection.unique_name().map(ToString::to_string)
    }

    /// Gives the name back, so that the bus starts another broker for the next caller.
    pub(crate) async fn release_name(&self) {
        if let Err(cause) = self.now().connection.release_name(BUS_NAME).await {
            tracing::debug!(%cause, "the name was not released");
        }
    }

    async fn renew(&self, old: &Served) -> zbus::Result<()> {
        old.announcing.abort();
        old.has_ended.send_replace(true);
        self.parts.ledger.forget_calls();
        let new = self.parts.serve().await?;
        while !take_name(&new.connection).await? {
            self.remind_of_end(old).await;
            sleep(RENEWAL_STEP).await;
        }
        *self.lock() = new;
        Ok(())
    }

    /// Has the bus daemon notice that the old connection has ended: it does not look for that where
    /// it does not read, but it does where it writes.
    async fn remind_of_end(&self, old: &Served) {
        let Some(name) = old.connection.unique_name() else {
            return;
        };
        let path = OBJECT_PATH;
        let reminder = zbus::message::Message::method_call(path, "Ping")
            .destination(name)
            .interface("org.freedesktop.DBus.Peer")
            .with_flags(zbus::message::Flags::NO_REPLY_EXPECTED);
        let sent = async {
            let reminder = reminder.build(&())?;
            self.outward.send(&reminder).await
        };
        if let Err(cause) = sent.await {
            tracing::debug!(%cause, "the bus was not reminded of the end of a connection");
        }
    }

    fn now(&self) -> Served {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Served> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Ports> Parts<P> {
    /// Opens a connection and serves over it, without the name.
    async fn serve(&self) -> zbus::Result<Served> {
        let (refuses, refused) = refusals();
        let keeper = BusKeeper::new(self.callers.clone(), Arc::clone(&self.ledger), refuses);
        let keeper = Arc::new(keeper);
        let stream = system_bus().await?;
        if let Err(cause) = setsockopt(&stream, SndBuf, &SEND_BUFFER_BYTES) {
            tracing::debug!(%cause, "the socket of the bus keeps its long buffer");
        }
        let transport = Transport::new(stream, Arc::clone(&keeper));
        let (has_ended, ends) = watch::channel(false);
        let door = FrontDoor::of_bus(self.callers.clone(), self.inside.clone(), ends);
        let channels = Channels::new(
            door.clone(),
            Arc::clone(&self.interfaces),
            self.places.clone(),
        );
        let builder = Builder::socket(transport).method_timeout(BUS_LIMIT);
        let builder = self.interfaces.serve(builder, &door);
        let connection = builder.serve_at(OBJECT_PATH, channels).build().await?;
        tokio::spawn(refused.send(connection.clone()));
        let server = connection.object_server();
        let tpm = server.interface::<_, Tpm<P>>(OBJECT_PATH).await?;
        let announcing = tokio::spawn(tpm::announce(tpm, self.status.clone()));
        Ok(Served {
            connection,
            keeper,
            announcing: announcing.abort_handle(),
            has_ended,
        })
    }
}

/// Takes the name if it is free, and for good. Another process of root may own the name too, and
/// must not be able to slip in between a client and the broker.
async fn take_name(connection: &zbus::Connection) -> zbus::Result<bool> {
    let flags = RequestNameFlags::DO_NOT_QUEUE;
    match connection.request_name_with_flags(BUS_NAME, flags).await {
        Ok(reply) => Ok(reply == RequestNameReply::PrimaryOwner),
        Err(zbus::Error::NameTaken) => Ok(false),
        Err(error) => Err(error),
    }
}

fn lost() -> zbus::Error {
    zbus::Error::Failure("the system bus closed the connection".to_owned())
}
