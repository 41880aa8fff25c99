//! Refuses calls that never reach an interface, on a task of its own.
//!
//! A refusal is never dropped: what waits for it would wait without end. If too many wait to be
//! written, the next calls are not read before. A peer that does not read stops itself, or is given
//! up after the keeper's patience.

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::mpsc;
use zbus::message::Message;

/// Refusals that wait to be written. Before a further one is taken, one has to go out.
const QUEUE: usize = 64;

/// Takes refusals.
#[derive(Debug)]
pub(super) struct Refusals(mpsc::Sender<Refusal>);

/// Refusals that were taken.
#[derive(Debug)]
pub(super) struct Refused(mpsc::Receiver<Refusal>);

#[derive(Debug)]
struct Refusal {
    call: Message,
    error: Error,
}

/// A place for refusals, and where they come out.
pub(super) fn refusals() -> (Refusals, Refused) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Refusals(sender), Refused(receiver))
}

impl Refusals {
    /// Refuses `call`. Returns when there is room for it among those that wait.
    pub(super) async fn refuse(&self, call: &Message, why: Why) {
        let refusal = Refusal {
            call: call.clone(),
            error: Error::new(why.kind(), why.text()),
        };
        if self.0.send(refusal).await.is_err() {
            tracing::debug!("a refusal was not sent: the connection has ended");
        }
    }
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its body is longer than that of any call that is served.
    Length,
    /// The user has too many calls without an answer.
    NoRoom,
    /// The user was sent too much.
    Indebted,
    /// The same, to be said shortly: who reads no refusal has them pile up at the bus daemon.
    StillIndebted,
}

impl Why {
    fn kind(self) -> ErrorKind {
        match self {
            Self::Length => ErrorKind::InvalidArgs,
            Self::NoRoom | Self::Indebted | Self::StillIndebted => ErrorKind::LimitsExceeded,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Length => "the call is longer than any that is served",
            Self::NoRoom => {
                "this user's earlier calls take too much memory; wait for their answers"
            }
            Self::StillIndebted => "wait a minute",
            Self::Indebted => {
                "this user was sent many bytes over the bus lately; wait a minute, or use a \
                 channel (org.sshtpm.Broker1.Channels.OpenChannel)"
            }
        }
    }
}

impl Refused {
    /// Sends refusals over `connection` until that is closed.
    pub(super) async fn send(mut self, connection: zbus::Connection) {
        loop {
            let refusal = tokio::select! {
                () = connection.closed() => return,
                refusal = self.0.recv() => refusal,
            };
            let Some(Refusal { call, error }) = refusal else {
                return;
            };
            tracing::debug!("not served: {error}");
            let sent = connection.reply_dbus_error(&call.header(), error).await;
            if let Err(cause) = sent {
                tracing::debug!(%cause, "a refusal was not sent");
            }
        }
    }
}
