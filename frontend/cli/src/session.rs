//! Requests to the broker, and the person whom polkit may want to ask for a password.
//!
//! May touch: the broker, and `pkttyagent` by way of [`PolkitAgent`]. Must never repeat a request,
//! except one that polkit refused only because no person could be asked.

use std::collections::HashMap;

use sshtpm_dbus::{Error, KeyInfo, KeyUse, KeysProxy, TpmProxy, option};
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::OnceCell;
use zbus::Variant;

use super::error::Failure;
use super::polkit_agent::PolkitAgent;
use super::{person, prompt, spinner};
use sshtpm_client::Broker;

/// Options of a call (`a{sv}`).
pub(crate) type Options<'a> = HashMap<&'a str, Variant<'a>>;

/// A connection to the broker, made when it is first needed.
#[derive(Debug)]
pub(crate) struct Session {
    broker: OnceCell<Broker>,
    ask_password: bool,
    quiet: bool,
}

impl Session {
    /// Does nothing yet. Without `ask_password` no `pkttyagent` will be started; with `quiet`
    /// nothing is shown while a person waits.
    pub(crate) fn new(ask_password: bool, quiet: bool) -> Self {
        Self {
            broker: OnceCell::new(),
            ask_password,
            quiet,
        }
    }

    /// What is known of the TPM.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached.
    pub(crate) async fn tpm(&self) -> Result<&TpmProxy<'static>, Failure> {
        self.broker().await.map(Broker::tpm)
    }

    /// The caller's keys, or those of `owner`, oldest first.
    ///
    /// # Errors
    ///
    /// The broker refuses, or cannot be reached.
    pub(crate) async fn list(&self, owner: Option<&str>) -> Result<Vec<KeyInfo>, Failure> {
        let what = match owner {
            Some(owner) => format!("cannot list the keys of {owner}"),
            None => "cannot list your keys".to_owned(),
        };
        let options = owner_option(owner);
        let mut keys = self
            .call(&what, async |keys| keys.list(&options).await)
            .await?;
        keys.sort_by(|a, b| (a.created, &a.fingerprint).cmp(&(b.created, &b.fingerprint)));
        Ok(keys)
    }

    /// The uses of the caller's keys that are in the record, oldest first; of the key with the
    /// fingerprint `of`, if one is named.
    ///
    /// # Errors
    ///
    /// As [`Self::list`].
    pub(crate) async fn uses(&self, of: Option<&str>) -> Result<Vec<KeyUse>, Failure> {
        let options: Options<'_> = of
            .map(|key| (option::KEY, Variant::from(key)))
            .into_iter()
            .collect();
        let what = "cannot show how your keys were used";
        self.call(what, async |keys| keys.get_uses(&options).await)
            .await
    }

    /// Makes `call`; if polkit wants a password and has no agent to ask for it, starts `pkttyagent`
    /// on the terminal and makes it once more.
    ///
    /// # Errors
    ///
    /// `what` failed, because the broker refuses or cannot be reached.
    pub(crate) async fn call<T, E: Into<Error>>(
        &self,
        what: &str,
        call: impl AsyncFn(&KeysProxy<'static>) -> Result<T, E>,
    ) -> Result<T, Failure> {
        let answer = self.attempt(what, call).await?;
        answer.map_err(|error| Failure::from_broker(what, &error))
    }

    /// As [`Self::call`], for what the TPM takes its time for: shows `waiting` until the answer
    /// comes, but not while `pkttyagent` has the terminal.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub(crate) async fn call_with_spinner<T, E: Into<Error>>(
        &self,
        what: &str,
        waiting: &'static str,
        call: impl AsyncFn(&KeysProxy<'static>) -> Result<T, E>,
    ) -> Result<T, Failure> {
        let keys = self.broker().await?.keys();
        let call = async || call(keys).await.map_err(Into::into);
        let first = self.shown(waiting, call()).await;
        let answer = self.or_with_password(what, first, call).await?;
        answer.map_err(|error| Failure::from_broker(what, &error))
    }

    /// As [`Self::call`], for a caller that handles the answer of the broker itself.
    ///
    /// # Errors
    ///
    /// The broker cannot be asked.
    pub(crate) async fn attempt<T, E: Into<Error>>(
        &self,
        what: &str,
        call: impl AsyncFn(&KeysProxy<'static>) -> Result<T, E>,
    ) -> Result<Result<T, Error>, Failure> {
        let keys = self.broker().await?.keys();
        let call = async || call(keys).await.map_err(Into::into);
        let first = self.with_progress(call()).await;
        self.or_with_password(what, first, call).await
    }

    /// As [`Self::attempt`], for what the TPM is asked.
    ///
    /// # Errors
    ///
    /// As [`Self::attempt`].
    pub(crate) async fn attempt_at_tpm<T, E: Into<Error>>(
        &self,
        what: &str,
        call: impl AsyncFn(&Broker) -> Result<T, E>,
    ) -> Result<Result<T, Error>, Failure> {
        let broker = self.broker().await?;
        let call = async || call(broker).await.map_err(Into::into);
        let first = self.with_progress(call()).await;
        self.or_with_password(what, first, call).await
    }

    /// Says what is waited for if `answer` takes long. Not for a call that `pkttyagent` takes part
    /// in, which has the terminal for itself.
    pub(crate) async fn with_progress<T>(&self, answer: impl Future<Output = T>) -> T {
        self.shown("Waiting for the broker", answer).await
    }

    async fn shown<T>(&self, waiting: &'static str, answer: impl Future<Output = T>) -> T {
        match self.quiet {
            true => answer.await,
            false => spinner::during(waiting, answer).await,
        }
    }

    async fn broker(&self) -> Result<&Broker, Failure> {
        let connect = async || {
            let connected = Broker::connect().await;
            connected.map_err(|error| Failure::from_broker("cannot connect to the broker", &error))
        };
        self.broker.get_or_try_init(connect).await
    }

    async fn or_with_password<T>(
        &self,
        what: &str,
        first: Result<T, Error>,
        call: impl AsyncFn() -> Result<T, Error>,
    ) -> Result<Result<T, Error>, Failure> {
        match first {
            Err(error) if error.kind() == ErrorKind::InteractiveAuthorizationRequired => {
                let _agent = self.polkit_agent(what, &error).await?;
                Ok(call().await)
            }
            other => Ok(other),
        }
    }

    async fn polkit_agent(&self, what: &str, refusal: &Error) -> Result<PolkitAgent, Failure> {
        let failure = Failure::from_broker(what, refusal);
        if !self.ask_password {
            return Err(failure.and_next("Run it without --no-ask-password, or as root."));
        }
        // polkit never wants a password of root's own.
        if !prompt::can_ask() || person::is_root() {
            return Err(failure);
        }
        PolkitAgent::start().await.map_err(|error| {
            failure.and_next(format!(
                "pkttyagent, which would ask for the password, cannot be started: {error}\n\
                 Install it (polkitd), or run the command in a desktop session or as root."
            ))
        })
    }
}

/// The option `owner`, if any.
pub(crate) fn owner_option(owner: Option<&str>) -> Options<'_> {
    owner
        .map(|owner| (option::OWNER, Variant::from(owner)))
        .into_iter()
        .collect()
}
