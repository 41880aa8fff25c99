//! Calls on the bus as a user, with the exact name of the error that comes back.
//!
//! A process can only be one user, so each call is made by the program `bus-call`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sshtpm_dbus::{BUS_NAME, KEYS_INTERFACE, OBJECT_PATH, TPM_INTERFACE};

pub use crate::argument::{Argument, Options, bits, none, option, owner, purposes};
use crate::user::User;

/// A method call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Bus name to which it goes.
    pub destination: String,
    /// Object there.
    pub path: String,
    /// Interface.
    pub interface: String,
    /// Method.
    pub member: String,
    /// Arguments.
    pub arguments: Vec<Argument>,
    /// Whether polkit may ask a person for a password.
    pub interactive: bool,
    /// Whether it goes through a channel that is opened for it.
    pub in_channel: bool,
    /// The sender that it names. On the bus the bus daemon writes the true one over it.
    pub sender: Option<String>,
}

impl Request {
    /// A call to the interface `Keys` of the broker.
    pub fn keys(member: &str) -> Self {
        Self::new(BUS_NAME, OBJECT_PATH, KEYS_INTERFACE, member)
    }

    /// A call to the interface `Tpm` of the broker.
    pub fn tpm(member: &str) -> Self {
        Self::new(BUS_NAME, OBJECT_PATH, TPM_INTERFACE, member)
    }

    /// Reads a property of the interface `Tpm` of the broker.
    pub fn property(name: &str) -> Self {
        Self::new(
            BUS_NAME,
            OBJECT_PATH,
            "org.freedesktop.DBus.Properties",
            "Get",
        )
        .with(TPM_INTERFACE)
        .with(name)
    }

    /// Asks an object of the broker's connection what it offers.
    pub fn introspect(path: &str) -> Self {
        Self::new(
            BUS_NAME,
            path,
            "org.freedesktop.DBus.Introspectable",
            "Introspect",
        )
    }

    /// A call to the bus itself.
    pub fn to_bus(member: &str) -> Self {
        Self::new(
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            member,
        )
    }

    /// One more argument.
    #[must_use]
    pub fn with(mut self, argument: impl Into<Argument>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Allows polkit to ask a person for a password.
    #[must_use]
    pub fn interactive(mut self) -> Self {
        self.interactive = true;
        self
    }

    /// Goes through a channel.
    #[must_use]
    pub fn in_channel(mut self) -> Self {
        self.in_channel = true;
        self
    }

    /// Names another sender than the true one.
    #[must_use]
    pub fn from(mut self, sender: &str) -> Self {
        self.sender = Some(sender.to_owned());
        self
    }

    /// Sets a property of the interface `Tpm` of the broker.
    pub fn set_property(name: &str) -> Self {
        Self {
            member: "Set".to_owned(),
            ..Self::property(name)
        }
    }

    fn new(destination: &str, path: &str, interface: &str, member: &str) -> Self {
        Self {
            destination: destination.to_owned(),
            path: path.to_owned(),
            interface: interface.to_owned(),
            member: member.to_owned(),
            arguments: Vec::new(),
            interactive: false,
            in_channel: false,
            sender: None,
        }
    }
}

/// An error that came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its D-Bus name.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Refusal {
    /// The last word of its name: `NoSuchKey` of `org.sshtpm.Broker1.Error.NoSuchKey`.
    pub fn kind(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

/// The kind of error that came back.
///
/// # Panics
///
/// There was none.
#[track_caller]
pub fn refused(answer: Answer) -> String {
    match answer {
        Ok(reply) => panic!("it was not refused: {reply}"),
        Err(refusal) => refusal.kind().to_owned(),
    }
}

/// What a call gives: the arguments of its reply, or an error.
pub type Answer = Result<Value, Refusal>;

/// The calls of interface `Keys` that most scenarios make.
impl User<'_> {
    /// Makes any call.
    ///
    /// # Panics
    ///
    /// The bus cannot be reached.
    #[track_caller]
    pub fn call(&self, request: &Request) -> Answer {
        let request = serde_json::to_vec(request).expect("a request is JSON");
        let output = self.command("bus-call").stdin(request).run().ok();
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// `Generate`: a key of its own.
    pub fn generate(&self, algorithm: &str, comment: &str, options: Options) -> Answer {
        let request = Request::keys("Generate").with(algorithm).with(comment);
        first(self.call(&request.with(options)))
    }

    /// `Generate`, of which nothing is expected but the fingerprint.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    #[track_caller]
    pub fn key(&self, comment: &str) -> String {
        let key = self
            .generate("", comment, none())
            .expect("a key can be generated");
        text(&key, "Fingerprint")
    }

    /// `List`.
    pub fn list(&self, options: Options) -> Answer {
        first(self.call(&Request::keys("List").with(options)))
    }

    /// `List`, of which nothing is expected but the fingerprints.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    #[track_caller]
    pub fn fingerprints(&self) -> Vec<String> {
        let keys = self.list(none()).expect("keys can be listed");
        let keys = keys.as_array().expect("a list of keys");
        keys.iter().map(|key| text(key, "Fingerprint")).collect()
    }

    /// `Sign`.
    pub fn sign(&self, fingerprint: &str, data: &[u8], flags: u32, options: Options) -> Answer {
        let request = Request::keys("Sign")
            .with(fingerprint)
            .with(data)
            .with(flags);
        first(self.call(&request.with(options)))
    }

    /// `SignDigest`.
    pub fn sign_digest(
        &self,
        fingerprint: &str,
        scheme: &str,
        digest: &[u8],
        options: Options,
    ) -> Answer {
        let request = Request::keys("SignDigest")
            .with(fingerprint)
            .with(scheme)
            .with(digest);
        first(self.call(&request.with(options)))
    }

    /// `Restrict`.
    pub fn restrict(&self, fingerprint: &str, options: Options) -> Answer {
        let request = Request::keys("Restrict").with(fingerprint);
        first(self.call(&request.with(options)))
    }

    /// `SetComment`.
    pub fn set_comment(&self, fingerprint: &str, comment: &str, options: Options) -> Answer {
        let request = Request::keys("SetComment").with(fingerprint).with(comment);
        self.call(&request.with(options))
    }

    /// `Delete`.
    pub fn delete(&self, fingerprint: &str, options: Options) -> Answer {
        self.call(&Request::keys("Delete").with(fingerprint).with(options))
    }

    /// `GetLockout` of interface `Tpm`.
    pub fn lockout(&self, options: Options) -> Answer {
        first(self.call(&Request::tpm("GetLockout").with(options)))
    }

    /// `GetQueue` of interface `Tpm`.
    pub fn queue(&self, options: Options) -> Answer {
        first(self.call(&Request::tpm("GetQueue").with(options)))
    }

    /// A property of interface `Tpm`.
    pub fn tpm(&self, property: &str) -> Answer {
        first(self.call(&Request::property(property)))
    }
}

/// A text field of a key.
///
/// # Panics
///
/// There is no such field.
#[track_caller]
pub fn text(key: &Value, field: &str) -> String {
    let value = key.get(field).and_then(Value::as_str);
    value
        .unwrap_or_else(|| panic!("no {field} in {key}"))
        .to_owned()
}

fn first(answer: Answer) -> Answer {
    answer.map(|reply| reply.get(0).cloned().expect("a reply with an argument"))
}
