//! A service that is on the system bus and never answers.
//!
//! `silent-owner NAME` takes NAME and holds it until it ends. It broadcasts as its own each signal
//! with a boolean that is sent to it.

use futures_util::StreamExt as _;
use zbus::message::Type;
use zbus::{Connection, Message, MessageStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).ok_or("no name")?;
    let bus = Connection::system().await?;
    let mut messages = MessageStream::from(&bus);
    bus.request_name(name.as_str()).await?;
    while let Some(message) = messages.next().await {
        let message = message?;
        if message.message_type() == Type::Signal {
            pass_on(&bus, &message).await?;
        }
    }
    Ok(())
}

/// The bus daemon's own signals have no boolean.
async fn pass_on(bus: &Connection, signal: &Message) -> zbus::Result<()> {
    let header = signal.header();
    let (Some(path), Some(member)) = (header.path(), header.member()) else {
        return Ok(());
    };
    match signal.body().deserialize::<bool>() {
        Ok(value) => {
            let interface = header.interface();
            let interface = interface.ok_or(zbus::Error::InvalidReply)?;
            bus.emit_signal(None::<&str>, path, interface, member, &value)
                .await
        }
        Err(_other) => Ok(()),
    }
}
