//! One channel: the broker's interfaces, spoken peer to peer with the client that opened it.
//!
//! All calls are those of the bus connection that opened the channel, and the channel ends with it.
//! polkit is asked about that connection. What a client does not read stays in its own socket, and
//! the broker reads no further calls until then.
//!
//! Specs: D-Bus Specification, "Authentication Protocol"; the broker is the server.

use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::socket::{Shutdown, shutdown};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::Guid;
use zbus::connection::Builder;

use super::callers::Connection;
use super::channel_activity::Activity;
use super::channel_keeper::ChannelKeeper;
use super::channel_places::Place;
use super::front_door::FrontDoor;
use super::interfaces::Interfaces;
use super::outward::BUS_LIMIT;
use super::refusals::{Refused, refusals};
use super::transport::Transport;
use sshtpm_core::ports::Ports;

/// A channel that was opened.
#[derive(Debug)]
pub(super) struct Channel<P: Ports> {
    /// The broker's end.
    pub(super) stream: UnixStream,
    /// Who opened it.
    pub(super) owner: Connection,
    /// The door of the bus.
    pub(super) door: FrontDoor,
    pub(super) interfaces: Arc<Interfaces<P>>,
    pub(super) place: Place,
}

/// How long a client may take until it has authenticated.
const BEGIN_LIMIT: Duration = Duration::from_secs(10);

/// Serves a channel to its end.
pub(super) async fn serve<P: Ports>(channel: Channel<P>) {
    let Channel {
        stream,
        owner,
        door,
        interfaces,
        place,
    } = channel;
    let Ok(other) = stream.as_fd().try_clone_to_owned() else {
        tracing::warn!(
            "a channel was not served: the broker has too many open files; raise LimitNOFILE="
        );
        return;
    };
    // Dropped at the end, by which whatever was called on the channel ends.
    let (_open, alive) = watch::channel(());
    let door = door.of_channel(owner.narrowed(alive));
    let (refuses, refused) = refusals();
    let activity = Arc::new(Activity::begun(Instant::now()));
    let keeper = ChannelKeeper::new(owner.owner.uid(), refuses, Arc::clone(&activity));
    let builder = Builder::socket(Transport::new(stream, Arc::new(keeper)))
        .server(Guid::generate())
        .p2p()
        .method_timeout(BUS_LIMIT);
    let begun = timeout(BEGIN_LIMIT, interfaces.serve(builder, &door).build());
    let begun = tokio::select! {
        begun = begun => begun,
        () = owner.clone().ended() => return,
    };
    match begun {
        Ok(Ok(connection)) => {
            tracing::debug!(user = %owner.owner, "a channel was opened");
            place.speaks(Arc::clone(&activity));
            attend(connection, refused, &owner, &activity).await;
            // Both halves, and at once: what is under way may still hold the connection.
            if let Err(cause) = shutdown(other.as_raw_fd(), Shutdown::Both) {
                tracing::debug!(%cause, "a channel was closed already");
            }
        }
        Ok(Err(cause)) => {
            tracing::debug!(%cause, "a channel was not begun");
            out_of_reach(other, owner).await;
        }
        Err(_) => {
            tracing::debug!("a channel was not begun in time");
            out_of_reach(other, owner).await;
        }
    }
}

/// Sends refusals over `connection`. Returns when it is closed, its owner has left, or another user
/// has its place.
async fn attend(
    connection: zbus::Connection,
    refused: Refused,
    owner: &Connection,
    activity: &Activity,
) {
    tokio::select! {
        () = refused.send(connection.clone()) => {}
        () = connection.closed() => {}
        () = owner.clone().ended() => {}
        () = activity.given_up() => {
            tracing::debug!("a quiet channel was closed: another user has its place");
        }
    }
}

/// Returns when the bus daemon no longer has the client's end: it is closed everywhere, or the
/// connection ended over which it was sent. A process that keeps it open afterwards takes no place.
async fn out_of_reach(end: OwnedFd, owner: Connection) {
    tokio::select! {
        () = until_closed(end) => {}
        () = owner.ended() => {}
    }
}

/// Returns when the client's end is closed everywhere. The bus daemon may have it for as long as
/// the client does not read.
async fn until_closed(end: OwnedFd) {
    let stream = std::os::unix::net::UnixStream::from(end);
    let watched = stream
        .set_nonblocking(true)
        .and_then(|()| UnixStream::from_std(stream));
    match watched {
        // That it is closed is reported together with whatever else is waited for.
        Ok(stream) => drop(stream.ready(Interest::PRIORITY).await),
        Err(cause) => tracing::warn!(%cause, "a channel cannot be watched"),
    }
}
