//! The raw keys at `sshtpm-broker`, behind the port [`Keys`].
//!
//! The runtime has no thread of its own: the connection is served while a call waits, and rests
//! between calls. Several threads can wait at the same time.
//!
//! May touch: the system bus, the channel to the broker, and the program that asks for PINs. Must
//! never use the terminal, which belongs to the program that loaded the module.
//!
//! Specs: `org.sshtpm.Broker1.xml`.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sshtpm_client::pin::{self, Ask as _, ENTER_PIN, Person, Pin};
use sshtpm_client::{Broker, Bus};
use sshtpm_dbus::{Error, KeyInfo, option};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::purpose::Purpose;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::word::Word as _;
use sshtpm_ssh::words::Words;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use zbus::Variant;

use crate::client_name::client_name;
use crate::key::Key;
use crate::keys::Keys;
use crate::limits::MAX_CALLS;
use crate::sigpipe::without_sigpipe;

/// How long connecting to the bus may take, as for the agent. Its socket is on this machine.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// The raw keys of the user at the broker. Connects when keys are first asked for.
#[derive(Debug, Default)]
pub struct BrokerKeys(Mutex<Option<Arc<Line>>>);

type Options = HashMap<&'static str, Variant<'static>>;

/// The runtime, and the connection that lives in it.
#[derive(Debug)]
struct Line {
    runtime: Runtime,
    broker: tokio::sync::Mutex<Option<Broker>>,
    /// The places for calls of this program.
    places: Semaphore,
}

impl BrokerKeys {
    fn line(&self) -> Result<Arc<Line>, Error> {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = line.as_ref() {
            return Ok(Arc::clone(line));
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        let made = Arc::new(Line {
            runtime: runtime.map_err(|error| no_runtime(&error))?,
            broker: tokio::sync::Mutex::default(),
            places: Semaphore::new(MAX_CALLS),
        });
        *line = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Makes `call`, and makes it once more if the broker ended before it answered: what is asked
    /// for so can be done twice.
    fn call<T>(&self, call: impl AsyncFn(&Broker) -> zbus::Result<T>) -> Result<T, Error> {
        let line = self.line()?;
        line.wait(async {
            // It is never closed.
            let _place = line.places.acquire().await;
            let broker = line.broker().await?;
            match call(&broker).await {
                Err(error) if was_cut(&error) => {
                    line.forget().await;
                    Ok(call(&line.broker().await?).await?)
                }
                answer => Ok(answer?),
            }
        })
    }

    /// Makes `call` over a connection that answered just now, and never makes it twice.
    fn call_once<T>(
        &self,
        call: impl AsyncFnOnce(&Broker) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // A connection that closed while it rested shows that when it is used.
        self.call(async |broker| broker.tpm().version().await)?;
        let line = self.line()?;
        line.wait(async {
            let _place = line.places.acquire().await;
            call(&line.broker().await?).await
        })
    }
}

impl Line {
    /// Serves the connection until `answer` is there.
    fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        without_sigpipe(|| self.runtime.block_on(answer))
    }

    /// Gives up the connection.
    async fn forget(&self) {
        *self.broker.lock().await = None;
    }

    /// The broker, at the other end of an open connection.
    async fn broker(&self) -> Result<Broker, Error> {
        let mut kept = self.broker.lock().await;
        if let Some(broker) = kept.clone().filter(|broker| !broker.is_closed()) {
            return Ok(broker);
        }
        *kept = None;
        let bus = timeout(MAX_CONNECT, Bus::connect()).await;
        let broker = Broker::at(bus.map_err(|_| no_bus())??).await?;
        *kept = Some(broker.clone());
        Ok(broker)
    }
}

impl Keys for BrokerKeys {
    fn list(&self) -> Result<Vec<Key>, Error> {
        let options = Options::new();
        let keys: Vec<KeyInfo> = self.call(async |broker| broker.keys().list(&options).await)?;
        Ok(keys.iter().filter_map(Key::of).collect())
    }

    fn sign(
        &self,
        key: &Fingerprint,
        scheme: DigestScheme,
        digest: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let (key, scheme, options) = (key.to_string(), scheme.word(), of_client());
        self.call(async |broker| {
            let keys = broker.keys();
            keys.sign_digest(&key, scheme, digest, &options).await
        })
    }

    fn generate(&self, algorithm: Algorithm, comment: &str) -> Result<Option<Key>, Error> {
        let mut options = Options::new();
        let purposes = vec![Purpose::Raw.name()];
        options.insert(option::PURPOSES, Variant::from(purposes));
        if let Algorithm::Rsa(_) = algorithm {
            options.insert(option::BITS, Variant::from(algorithm.bits()));
        }
        let name = algorithm.ssh_name();
        let made = self.call_once(async |broker| {
            let keys = broker.keys();
            Ok(keys.generate(name, comment, &options).await?)
        })?;
        Ok(Key::of(&made))
    }

    fn delete(&self, key: &Fingerprint) -> Result<(), Error> {
        let key = key.to_string();
        self.call_once(async |broker| Ok(broker.keys().delete(&key, &Options::new()).await?))
    }

    fn unlock(&self, key: &Fingerprint, pin: &Pin) -> Result<(), Error> {
        let key = key.to_string();
        self.call_once(async |broker| {
            let secret = pin::send(broker.keys(), pin).await?;
            let keys = broker.keys();
            Ok(keys.unlock(&key, secret, &Options::new()).await?)
        })
    }

    fn lock(&self, key: &Fingerprint) -> Result<(), Error> {
        let mut options = Options::new();
        options.insert(option::KEY, Variant::from(key.to_string()));
        self.call(async |broker| broker.keys().lock(&options).await)
    }

    fn can_ask(&self) -> bool {
        Person::away_from_terminal().is_at_desktop().is_ok()
    }

    fn ask_for_pin(&self, key: &Key) -> Option<Pin> {
        let words = Words::from(ENTER_PIN).and("key ").and(key.fingerprint);
        let words = match key.comment.as_str() {
            "" => words,
            comment => words.and(" with the comment ").and(Quoted::new(comment)),
        };
        let question = words.and(": ");
        let line = self.line().ok()?;
        let person = Person::away_from_terminal();
        line.wait(person.ask(&question)).ok()
    }
}

/// The options that say which program asks.
fn of_client() -> Options {
    let client = client_name().map(|name| (option::CLIENT, Variant::from(name)));
    client.into_iter().collect()
}

/// Whether the connection ended before there was an answer. It may have ended while it rested, and
/// then nobody has seen that yet.
fn was_cut(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::MethodError(..) | zbus::Error::FDO(_) => false,
        zbus::Error::InputOutput(error) => error.kind() != io::ErrorKind::TimedOut,
        _ => true,
    }
}

fn no_runtime(error: &io::Error) -> Error {
    let text = format!("cannot reach sshtpm-broker: this program has no file left for it: {error}");
    Error::new(ErrorKind::BrokerUnavailable, text)
}

fn no_bus() -> Error {
    let text = "the system bus does not answer; see `systemctl status dbus`";
    Error::new(ErrorKind::BrokerUnavailable, text)
}
