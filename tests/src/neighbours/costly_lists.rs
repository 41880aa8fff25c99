//! Lists keys for sessions that take longest to hold against them: 20 keys, each for 32
//! destinations with 8 authorities, and 16 sessions whose certificates have names full of stars.

use std::collections::HashMap;
use std::io;

use futures_util::future::try_join_all;
use signature::Signer as _;
use ssh_key::PrivateKey;
use ssh_key::certificate::{Builder, CertType};
use ssh_key::private::Ed25519Keypair;
use sshtpm_dbus::{Destination, HostKey, KeysProxy, WireBinding, option};
use sshtpm_ssh::limits::{MAX_DESTINATIONS, MAX_SESSIONS};
use sshtpm_ssh::session::Binding;
use zbus::Variant;

use super::threads::done;
use crate::call::{Argument, Options};
use crate::user::User;

/// What a user may generate in an hour.
pub const KEYS: usize = 20;

/// Authorities of a destination: with more, a record would have over 64 KiB.
const AUTHORITIES: usize = 8;

/// The longest name that a host of a destination can have, so that it is compared longest.
const HOST_NAME_BYTES: usize = 250;

/// A pattern that such a name never matches, and that is tried from each of its characters.
const PATTERN: &str = "*a*a*a*a*a*a*a*a*b";

/// Principals of a certificate: with more, nothing is looked for in it.
const PRINCIPALS: usize = 100;

/// Generates the keys of `user`.
///
/// # Panics
///
/// The broker refuses.
pub fn prepare(user: User<'_>) {
    for number in 0..KEYS {
        let named = Argument::Destinations(destinations());
        let options = Options::from([(option::DESTINATIONS.to_owned(), named)]);
        let key = user.generate("", &format!("key {number}"), options);
        key.expect("a key with destinations");
    }
}

/// Does it.
///
/// # Errors
///
/// The bus cannot be reached.
pub fn run(connections: usize) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let lists = try_join_all((0..connections).map(|_| list()));
    let ended = runtime.block_on(lists);
    ended.map(|_| ()).map_err(io::Error::other)
}

async fn list() -> zbus::Result<()> {
    let bus = zbus::Connection::system().await?;
    let keys = KeysProxy::new(&bus).await?;
    let sessions = HashMap::from([(option::SESSIONS, Variant::from(sessions()))]);
    loop {
        // What is refused was work, too.
        let _ = keys.list_identities(&sessions).await;
        done();
    }
}

fn destinations() -> Vec<Destination> {
    let authority = HostKey {
        blob: key(AUTHORITY).public_key().to_bytes().expect("a blob"),
        is_authority: true,
    };
    let to = |number: usize| Destination {
        from_host: String::new(),
        from_keys: Vec::new(),
        to_user: String::new(),
        to_host: format!("{number:02}{}", "a".repeat(HOST_NAME_BYTES)),
        to_keys: vec![authority.clone(); AUTHORITIES],
    };
    (0..MAX_DESTINATIONS).map(to).collect()
}

fn sessions() -> Vec<WireBinding> {
    let last = MAX_SESSIONS / 2;
    let binding = |number: usize| {
        let id = [u8::try_from(number).unwrap_or_default(); 32];
        let host = key(id[0]);
        let signature = host.key_data().sign(&id);
        WireBinding(Binding {
            host_key: certificate(&host),
            session_id: id.to_vec(),
            signature: signature.try_into().expect("a signature has a blob"),
            is_forwarding: number + 1 < last,
        })
    };
    (0..last).map(binding).collect()
}

fn certificate(host: &PrivateKey) -> Vec<u8> {
    let public = host.public_key().key_data().clone();
    let mut builder = Builder::new([3; 16], public, 0, u64::from(u32::MAX)).expect("times");
    builder.cert_type(CertType::Host).expect("a type");
    for _ in 0..PRINCIPALS {
        builder.valid_principal(PATTERN).expect("a name");
    }
    let certificate = builder.sign(&key(AUTHORITY)).expect("it is signed");
    certificate.to_bytes().expect("a blob")
}

const AUTHORITY: u8 = 200;

fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}
