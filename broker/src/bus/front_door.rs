//! Where every call comes in: who is it, serve them, log once, and stop when they leave.

use std::future::{Future, pending};

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::watch;
use zbus::message::{Flags, Header};

use super::callers::{Callers, Connection, Unknown};
use super::error::to_bus;
use super::users;
use sshtpm_core::error::LimitError;
use sshtpm_core::identity::{Caller, Owner};
use sshtpm_core::quota::Claims;

/// Stands before the operations.
#[derive(Clone, Debug)]
pub(super) struct FrontDoor {
    entrance: Entrance,
    inside: Claims,
}

/// On which way calls come in, and therefore who their caller is.
#[derive(Clone, Debug)]
enum Entrance {
    /// Over the bus: the bus daemon writes into each message whose it is. Calls end with the
    /// connection on which they came, because their answers could not go out.
    Bus {
        callers: Callers,
        has_ended: watch::Receiver<bool>,
    },
    /// Through a channel: all calls are its owner's. What they say of a sender counts nothing.
    Channel(Connection),
}

/// Which way an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Over the bus, where the bus daemon has it until the caller fetches it.
    Bus,
    /// Through a channel, from this process to the caller's.
    Channel,
}

/// Calls of one user that are parsed, looked up or served at once. What a user may have under way
/// is the core's to say and less; this bounds what is in memory before the core is asked.
const MOST_INSIDE: usize = 512;

impl FrontDoor {
    /// The door of a connection to the bus, until `has_ended` says so. What a user may have inside
    /// is counted for all doors together.
    pub(super) fn of_bus(
        callers: Callers,
        inside: Claims,
        has_ended: watch::Receiver<bool>,
    ) -> Self {
        let entrance = Entrance::Bus { callers, has_ended };
        Self { entrance, inside }
    }

    /// The door of a channel. What a user may have inside is counted for all doors together.
    pub(super) fn of_channel(&self, owner: Connection) -> Self {
        Self {
            entrance: Entrance::Channel(owner),
            inside: self.inside.clone(),
        }
    }

    /// Serves one call, for as long as its caller is there. What is under way when the caller
    /// leaves is dropped; what was begun on disk or at the TPM is carried to its end there.
    pub(super) async fn serve<T, F>(
        &self,
        header: &Header<'_>,
        work: impl FnOnce(Caller) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Rejected>>,
    {
        let connection = self.connection(header).await?;
        let owner = connection.owner.clone();
        let caller = Caller {
            bus_name: connection.bus_name.clone(),
            owner: owner.clone(),
            interactive: header
                .primary()
                .flags()
                .contains(Flags::ALLOW_INTERACTIVE_AUTH),
        };
        let served = async {
            let _place = self
                .inside
                .claim(owner.uid(), || 0, MOST_INSIDE)
                .ok_or(LimitError::Requests(MOST_INSIDE))?;
            work(caller).await
        };
        let result = tokio::select! {
            result = served => result.map_err(Rejected::into_bus),
            () = connection.ended() => Err(gone()),
            () = self.ended() => Err(gone()),
        };
        log(header, &owner, result.as_ref().err());
        result
    }

    /// The way of the answers.
    pub(super) fn way(&self) -> Way {
        match self.entrance {
            Entrance::Bus { .. } => Way::Bus,
            Entrance::Channel(_) => Way::Channel,
        }
    }

    /// Returns when the connection to the bus has ended over which calls come in.
    async fn ended(&self) {
        match &self.entrance {
            Entrance::Bus { has_ended, .. } => {
                // An error means that nobody is left to say so.
                let mut has_ended = has_ended.clone();
                let _ = has_ended.wait_for(|has_ended| *has_ended).await;
            }
            // A channel ends with its owner.
            Entrance::Channel(_) => pending().await,
        }
    }

    /// The connection from which a call came.
    ///
    /// # Errors
    ///
    /// Nobody can say whose it is.
    pub(super) async fn connection(&self, header: &Header<'_>) -> Result<Connection, Error> {
        match &self.entrance {
            Entrance::Bus { callers, .. } => {
                let sender = header.sender().ok_or_else(gone)?;
                callers.identify(sender).await.map_err(unknown)
            }
            Entrance::Channel(owner) => Ok(owner.clone()),
        }
    }
}

/// Once for each call. What only tells that a caller erred is not worth a line by default: a caller
/// could fill the journal with it. What became of a signature is in the record of use.
fn log(header: &Header<'_>, user: &Owner, error: Option<&Error>) {
    let method = header.member().map(ToString::to_string).unwrap_or_default();
    let Some(error) = error else {
        tracing::debug!(%method, %user, "served");
        return;
    };
    if *error == gone() {
        tracing::debug!(%method, %user, "the caller has left");
        return;
    }
    let kind = sshtpm_dbus::bus_name(error.kind());
    if is_news(&method, error.kind()) {
        tracing::info!(%method, %user, error = kind, "not served: {error}");
    } else {
        tracing::debug!(%method, %user, error = kind, "not served: {error}");
    }
}

/// Whether administrators want to read of an error.
fn is_news(method: &str, error: ErrorKind) -> bool {
    let the_callers_own = matches!(
        error,
        ErrorKind::NoSuchKey
            | ErrorKind::InvalidArgs
            | ErrorKind::NoSuchUser
            | ErrorKind::UnsupportedAlgorithm
            | ErrorKind::LimitsExceeded
            | ErrorKind::PinRequired
            | ErrorKind::PinTriesExceeded
            | ErrorKind::InteractiveAuthorizationRequired
    );
    !the_callers_own && !RECORDED.contains(&method)
}

/// The methods whose calls are uses of a key: the record of use (`core/uses`) tells their errors,
/// and has a bound on how many it tells.
const RECORDED: [&str; 3] = ["Sign", "SignDigest", "Attest"];

/// Why a call is not served: it was refused by the core, or never got that far.
#[derive(Debug)]
pub(super) enum Rejected {
    Core(sshtpm_core::error::Error),
    Bus(Error),
}

impl Rejected {
    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self::Bus(Error::new(ErrorKind::InvalidArgs, text))
    }

    fn into_bus(self) -> Error {
        match self {
            Self::Core(error) => to_bus(&error),
            Self::Bus(error) => error,
        }
    }
}

impl<E: Into<sshtpm_core::error::Error>> From<E> for Rejected {
    fn from(error: E) -> Self {
        Self::Core(error.into())
    }
}

fn unknown(unknown: Unknown) -> Error {
    match unknown {
        Unknown::Gone => gone(),
        Unknown::NoAnswer => users::no_answer(),
        Unknown::NoUser(uid) => Error::new(
            ErrorKind::NoSuchUser,
            format!(
                "uid {} has no user name on this machine; keys belong to named users",
                uid.0
            ),
        ),
    }
}

/// Nobody is left to read this.
fn gone() -> Error {
    Error::new(ErrorKind::NotAuthorized, "the caller is gone")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_uses_of_a_key_are_left_to_the_record_of_use() {
        for method in ["Sign", "SignDigest", "Attest"] {
            assert!(!is_news(method, ErrorKind::NotAuthorized), "{method}");
        }
        assert!(is_news("Generate", ErrorKind::NotAuthorized));
    }
}
