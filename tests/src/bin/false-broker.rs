//! A program that pretends to be the broker on the system bus, as far as an import goes.
//!
//! `false-broker PUBLIC NAME` takes the broker's name until it ends. It has no keys and no channel,
//! and says that the TPM's parent key is the one with this public area, in hexadecimal, and this
//! name. It prints the method of each call, and fails those that it does not know.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use sshtpm_dbus::BUS_NAME;
use zbus::message::Type;
use zbus::{Connection, Message, MessageStream, Variant};

type Failure = Box<dyn std::error::Error>;

const UNKNOWN_METHOD: &str = "org.freedesktop.DBus.Error.UnknownMethod";

struct Parent {
    public: Vec<u8>,
    name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let parent = Parent {
        public: bytes(&arguments.next().ok_or("no public area")?)?,
        name: arguments.next().ok_or("no name")?,
    };
    let bus = Connection::system().await?;
    let mut messages = MessageStream::from(&bus);
    bus.request_name(BUS_NAME).await?;
    while let Some(message) = messages.next().await {
        let message = message?;
        if message.message_type() == Type::MethodCall {
            answer(&bus, &message, &parent).await?;
        }
    }
    Ok(())
}

async fn answer(bus: &Connection, call: &Message, parent: &Parent) -> Result<(), Failure> {
    let header = call.header();
    let method = header.member().map_or("", |member| member.as_str());
    println!("{method}");
    match method {
        "List" => {
            let no_keys: Vec<HashMap<&str, Variant<'_>>> = Vec::new();
            bus.reply(&header, &no_keys).await?;
        }
        "Get" => {
            let (_, property): (String, String) = call.body().deserialize()?;
            let value = match property.as_str() {
                "ParentPublic" => Variant::from(parent.public.clone()),
                _ => Variant::from(parent.name.clone()),
            };
            bus.reply(&header, &value).await?;
        }
        _ => bus.reply_error(&header, UNKNOWN_METHOD, &"none").await?,
    }
    Ok(())
}

fn bytes(digits: &str) -> Result<Vec<u8>, Failure> {
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    pairs.iter().map(byte).collect()
}
