//! `org.sshtpm.Broker1.Channels` (documented in `dbus/data/org.sshtpm.Broker1.xml`): gives a caller
//! a connection to the broker that no other user shares.

use std::sync::Arc;

use sshtpm_dbus::Error;
use tokio::net::UnixStream;
use zbus::OwnedFd;
use zbus::message::Header;

use super::channel::{self, Channel};
use super::channel_places::Places;
use super::front_door::FrontDoor;
use super::interfaces::Interfaces;
use super::key_info::internal;
use super::options::Options;
use sshtpm_core::ports::Ports;

/// Opens channels.
#[derive(Debug)]
pub(super) struct Channels<P: Ports> {
    door: FrontDoor,
    interfaces: Arc<Interfaces<P>>,
    places: Places,
}

impl<P: Ports> Channels<P> {
    pub(super) fn new(door: FrontDoor, interfaces: Arc<Interfaces<P>>, places: Places) -> Self {
        Self {
            door,
            interfaces,
            places,
        }
    }
}

#[zbus::interface(name = "org.sshtpm.Broker1.Channels", introspection_docs = false)]
impl<P: Ports> Channels<P> {
    #[zbus(out_args("channel"))]
    async fn open_channel(
        &self,
        #[zbus(header)] header: Header<'_>,
        options: Options,
    ) -> Result<OwnedFd, Error> {
        let owner = self.door.connection(&header).await?;
        let work = async |_| {
            options.finish()?;
            let place = self.places.take(owner.owner.uid())?;
            let (ours, theirs) = pair().map_err(|cause| {
                tracing::error!(%cause, "a channel cannot be opened");
                internal("a channel cannot be opened; see the broker's journal")
            })?;
            let channel = Channel {
                stream: ours,
                owner: owner.clone(),
                door: self.door.clone(),
                interfaces: Arc::clone(&self.interfaces),
                place,
            };
            drop(tokio::spawn(channel::serve(channel)));
            Ok(theirs)
        };
        self.door.serve(&header, work).await
    }
}

/// Both ends. That of the client waits when it is read, as most programs expect of a socket.
fn pair() -> std::io::Result<(UnixStream, OwnedFd)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let theirs = std::os::fd::OwnedFd::from(theirs);
    Ok((UnixStream::from_std(ours)?, theirs.into()))
}
