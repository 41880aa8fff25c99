//! Gives PINs as a client does: reads steps as JSON, and writes what came back of each.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;

use serde_json::{Value, json};
use sshtpm_dbus::{KeyInfo, KeysProxy, TpmProxy, option};
use sshtpm_tests::Refusal;
use sshtpm_tests::call::Answer;
use sshtpm_tests::pin::Step;
use zbus::{Connection, Variant};

type Failure = Box<dyn std::error::Error>;

type Options = HashMap<&'static str, Variant<'static>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut steps = String::new();
    std::io::stdin().read_to_string(&mut steps)?;
    let steps: Vec<Step> = serde_json::from_str(&steps)?;
    let mut client = Client::connect().await?;
    let mut answers: Vec<Answer> = Vec::new();
    for step in steps {
        answers.push(match client.do_step(step).await? {
            Ok(value) => Ok(value),
            Err(error) => Err(refusal(error)?),
        });
    }
    println!("{}", serde_json::to_string(&answers)?);
    Ok(())
}

struct Client {
    keys: KeysProxy<'static>,
    tpm: TpmProxy<'static>,
    /// On a connection of their own.
    elsewhere: KeysProxy<'static>,
    numbers: Vec<u32>,
    open: Vec<File>,
}

impl Client {
    async fn connect() -> Result<Self, Failure> {
        let connection = Connection::system().await?;
        let other = Connection::system().await?;
        Ok(Self {
            keys: KeysProxy::new(&connection).await?,
            tpm: TpmProxy::new(&connection).await?,
            elsewhere: KeysProxy::new(&other).await?,
            numbers: Vec::new(),
            open: Vec::new(),
        })
    }

    async fn do_step(&mut self, step: Step) -> Result<zbus::Result<Value>, Failure> {
        Ok(match step {
            Step::Open(pin) => self.open(&pin).await?.map(drop).map(done),
            Step::OpenAndLeaveOpen(pin) => self.open(&pin).await?.map(|pipe| {
                self.open.push(pipe);
                Value::Null
            }),
            Step::Unlock { key, pin, seconds } => {
                let options = options([(option::SECONDS, seconds)]);
                let number = self.number(pin)?;
                self.keys.unlock(&key, number, &options).await.map(done)
            }
            Step::UnlockFromElsewhere { key, pin } => {
                let number = self.number(pin)?;
                let none = Options::new();
                self.elsewhere.unlock(&key, number, &none).await.map(done)
            }
            Step::Generate {
                algorithm,
                comment,
                pin,
            } => {
                let options = options([(option::PIN, Some(self.number(pin)?))]);
                let key = self.keys.generate(&algorithm, &comment, &options).await;
                key.map(|key| shown(&key))
            }
            Step::SetPin { key, pin, new } => {
                let (pin, new) = (self.number_if(pin)?, self.number_if(new)?);
                let options = options([(option::PIN, pin), (option::NEW_PIN, new)]);
                self.keys.set_pin(&key, &options).await.map(done)
            }
            Step::Adopt {
                public,
                private,
                pin,
                new,
            } => {
                let (pin, new) = (self.number_if(pin)?, self.number_if(new)?);
                let options = options([(option::PIN, pin), (option::NEW_PIN, new)]);
                let adopted = self.keys.adopt(&public, &private, "adopted", &options);
                adopted.await.map(|key| shown(&key))
            }
            Step::ResetLockout { pin } => {
                let options = options([(option::PIN, self.number_if(pin)?)]);
                self.tpm.reset_lockout(&options).await.map(done)
            }
            Step::Guess { keys, times } => Ok(self.guess(&keys, times).await?),
        })
    }

    /// Opens a secret and writes to it.
    async fn open(&mut self, pin: &str) -> Result<zbus::Result<File>, Failure> {
        let (number, pipe) = match self.keys.open_secret(&Options::new()).await {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        self.numbers.push(number);
        let mut pipe = File::from(OwnedFd::from(pipe));
        pipe.write_all(pin.as_bytes())?;
        Ok(Ok(pipe))
    }

    async fn guess(&mut self, keys: &[String], times: usize) -> Result<Value, Failure> {
        let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
        for (guess, key) in (0..times).zip(keys.iter().cycle()) {
            drop(self.open(&format!("guess {guess}")).await??);
            let number = self.number(self.numbers.len() - 1)?;
            let outcome = match self.keys.unlock(key, number, &Options::new()).await {
                Ok(()) => "unlocked".to_owned(),
                Err(error) => refusal(error)?.kind().to_owned(),
            };
            *outcomes.entry(outcome).or_default() += 1;
        }
        Ok(json!(outcomes))
    }

    fn number(&self, opened: usize) -> Result<u32, Failure> {
        let number = self.numbers.get(opened).copied();
        number.ok_or_else(|| format!("nothing was opened as {opened}").into())
    }

    fn number_if(&self, opened: Option<usize>) -> Result<Option<u32>, Failure> {
        opened.map(|opened| self.number(opened)).transpose()
    }
}

fn options<const MOST: usize>(given: [(&'static str, Option<u32>); MOST]) -> Options {
    let given = given.into_iter();
    given
        .filter_map(|(name, number)| Some((name, Variant::from(number?))))
        .collect()
}

fn done((): ()) -> Value {
    Value::Null
}

fn shown(key: &KeyInfo) -> Value {
    json!({
        "Fingerprint": key.fingerprint,
        "PublicKey": key.public_key,
        "Pin": key.pin,
        "Unlocked": key.unlocked,
    })
}

fn refusal(error: zbus::Error) -> Result<Refusal, Failure> {
    match error {
        zbus::Error::MethodError(name, text, _) => Ok(Refusal {
            name: name.to_string(),
            text: text.unwrap_or_default(),
        }),
        zbus::Error::FDO(error) => Ok(Refusal {
            name: zbus::DBusError::name(&*error).to_string(),
            text: zbus::DBusError::description(&*error)
                .unwrap_or_default()
                .to_owned(),
        }),
        other => Err(other.into()),
    }
}
