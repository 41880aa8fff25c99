//! Where every call comes in: who is it, serve them, log once, and stop when they leave.

use std::future::Future;

use sshtpm_dbus::{Error, ErrorKind};
use zbus::message::{Flags, Header};

use super::callers::{Callers, Unknown};
use super::error::to_bus;
use crate::core::identity::Caller;

/// Stands before the operations.
#[derive(Clone, Debug)]
pub(super) struct FrontDoor {
    callers: Callers,
}

impl FrontDoor {
    pub(super) fn new(callers: Callers) -> Self {
        Self { callers }
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
        let method = header.member().map(ToString::to_string).unwrap_or_default();
        let sender = header.sender().ok_or_else(gone)?;
        let connection = self
            .callers
            .identify(sender)
            .await
            .map_err(|unknown| match unknown {
                Unknown::Gone => gone(),
                Unknown::NoUser(uid) => Error::new(
                    ErrorKind::NoSuchUser,
                    format!(
                        "uid {} has no user name on this machine; keys belong to named users",
                        uid.0
                    ),
                ),
            })?;
        let owner = connection.owner.clone();
        let caller = Caller {
            bus_name: sender.to_string(),
            owner: owner.clone(),
            interactive: header
                .primary()
                .flags()
                .contains(Flags::ALLOW_INTERACTIVE_AUTH),
        };
        let result = tokio::select! {
            result = work(caller) => result.map_err(Rejected::into_bus),
            () = connection.ended() => Err(gone()),
        };
        match &result {
            Ok(_) => tracing::debug!(%method, user = %owner, "served"),
            Err(error) => {
                tracing::info!(%method, user = %owner, error = error.kind().name(), "not served: {error}");
            }
        }
        result
    }
}

/// Why a call is not served: it was refused by the core, or never got that far.
#[derive(Debug)]
pub(super) enum Rejected {
    Core(crate::core::error::Error),
    Bus(Error),
}

impl Rejected {
    fn into_bus(self) -> Error {
        match self {
            Self::Core(error) => to_bus(&error),
            Self::Bus(error) => error,
        }
    }
}

impl<E: Into<crate::core::error::Error>> From<E> for Rejected {
    fn from(error: E) -> Self {
        Self::Core(error.into())
    }
}

impl Rejected {
    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self::Bus(Error::new(ErrorKind::InvalidArgs, text))
    }
}

/// Nobody is left to read this.
fn gone() -> Error {
    Error::new(ErrorKind::NotAuthorized, "the caller is gone")
}
