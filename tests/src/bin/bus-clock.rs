//! How long calls on the system bus take.
//!
//! `bus-clock COUNT CALL...` makes each CALL in turn, once and then COUNT times over, and prints a
//! line for each of these: its place among the arguments, and the microseconds that it took. CALLs
//! are:
//!
//! - `ping`: the broker's connection.
//! - `list`, `identities`: one's own keys; `channel-list` and `channel-identities` over a channel.
//! - `sign=KEY`: a signature by the key with that fingerprint; `channel-sign=KEY` over a channel.
//! - `channel-digest=KEY`: one of a digest, by a raw P-256 key, over a channel.
//! - `polkit=NAME`: the question that the broker asks before it signs for the connection with the
//!   unique name NAME. root may ask it.

use std::collections::HashMap;
use std::time::Instant;

use sshtpm_dbus::{BUS_NAME, KeysProxy, OBJECT_PATH};
use sshtpm_tests::channel;
use sshtpm_tests::signed_data::sshsig;
use zbus::Variant;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().ok_or("no number")?.parse()?;
    let calls: Vec<String> = arguments.collect();
    let bus = zbus::Connection::system().await?;
    let keys = KeysProxy::new(&bus).await?;
    let channel = KeysProxy::new(&channel::open(&bus).await?).await?;
    // The first call also counts as the first on this connection for the program that is called.
    for call in &calls {
        make(call, &bus, &keys, &channel).await?;
    }
    for _ in 0..count {
        for (place, call) in calls.iter().enumerate() {
            let start = Instant::now();
            make(call, &bus, &keys, &channel).await?;
            println!("{place} {}", start.elapsed().as_micros());
        }
    }
    Ok(())
}

async fn make(
    call: &str,
    bus: &zbus::Connection,
    keys: &KeysProxy<'_>,
    channel: &KeysProxy<'_>,
) -> Result<(), Failure> {
    match call.split_once('=') {
        None if call == "ping" => ping(bus).await?,
        None if call == "list" => drop(keys.list(&HashMap::new()).await?),
        None if call == "channel-list" => drop(channel.list(&HashMap::new()).await?),
        None if call == "channel-identities" => {
            drop(channel.list_identities(&HashMap::new()).await?);
        }
        None if call == "identities" => drop(keys.list_identities(&HashMap::new()).await?),
        Some(("sign", key)) => sign(keys, key).await?,
        Some(("channel-sign", key)) => sign(channel, key).await?,
        Some(("channel-digest", key)) => sign_digest(channel, key).await?,
        Some(("polkit", subject)) => ask_polkit(bus, subject).await?,
        _ => return Err(format!("there is no call {call}").into()),
    }
    Ok(())
}

async fn sign(keys: &KeysProxy<'_>, key: &str) -> Result<(), Failure> {
    keys.sign(key, &sshsig("data"), 0, &HashMap::new()).await?;
    Ok(())
}

async fn sign_digest(keys: &KeysProxy<'_>, key: &str) -> Result<(), Failure> {
    let options = HashMap::new();
    keys.sign_digest(key, "ecdsa", &[7; 32], &options).await?;
    Ok(())
}

async fn ping(bus: &zbus::Connection) -> Result<(), Failure> {
    let interface = Some("org.freedesktop.DBus.Peer");
    bus.call_method(Some(BUS_NAME), OBJECT_PATH, interface, "Ping", &())
        .await?;
    Ok(())
}

async fn ask_polkit(bus: &zbus::Connection, subject: &str) -> Result<(), Failure> {
    let name: HashMap<&str, Variant<'_>> = HashMap::from([("name", subject.into())]);
    let details: HashMap<&str, &str> = HashMap::new();
    let question = (
        ("system-bus-name", name),
        "org.sshtpm.Broker1.use-own-key",
        details,
        0_u32,
        "",
    );
    let name = "org.freedesktop.PolicyKit1";
    let path = "/org/freedesktop/PolicyKit1/Authority";
    let interface = Some("org.freedesktop.PolicyKit1.Authority");
    bus.call_method(Some(name), path, interface, "CheckAuthorization", &question)
        .await?;
    Ok(())
}
