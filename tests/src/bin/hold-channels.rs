//! Opens channels to the broker and holds them until it is ended.
//!
//! `hold-channels COUNT` prints how many it holds, once it holds them or can get no more.
//! `hold-channels COUNT orphaned` says nothing that the broker understands, and closes its
//! connection to the bus before it prints that.

use std::collections::HashMap;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use sshtpm_dbus::ChannelsProxy;
use sshtpm_tests::channel;
use zbus::Connection;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().ok_or("no count")?.parse()?;
    match arguments.next() {
        None => hold(count).await,
        Some(_) => hold_orphans(count).await,
    }
}

async fn hold(count: usize) -> Result<(), Failure> {
    let bus = Connection::system().await?;
    let mut held = Vec::new();
    while held.len() < count {
        match channel::open(&bus).await {
            Ok(channel) => held.push(channel),
            Err(_) => break,
        }
    }
    println!("{}", held.len());
    std::future::pending().await
}

async fn hold_orphans(count: usize) -> Result<(), Failure> {
    let bus = Connection::system().await?;
    let channels = ChannelsProxy::new(&bus).await?;
    let mut held = Vec::new();
    while held.len() < count {
        let end = channels.open_channel(&HashMap::new()).await?;
        let mut end = UnixStream::from(OwnedFd::from(end));
        // Authentication begins with a NUL.
        end.write_all(b"x\r\n")?;
        held.push(end);
    }
    // It is refused, and answered after the broker has given up those channels.
    drop(channels.open_channel(&HashMap::new()).await);
    drop(channels);
    bus.close().await?;
    println!("{}", held.len());
    std::future::pending().await
}
