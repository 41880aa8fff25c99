//! A request for a signature that is also the check of the PIN: the TPM uses the key once, and not
//! once for the PIN and once for the signature.
//!
//! May touch: the system bus. As the other calls of a conversation it takes no place at the broker.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use sshtpm_client::Broker;
use sshtpm_client::pin::{self, Pin};
use sshtpm_dbus::{Error, option};
use sshtpm_ssh::error_kind::ErrorKind;
use zbus::Variant;

use super::bus::Bus;
use crate::asking::conversation::Locked;

/// A request for a signature.
pub(super) struct SignRequest {
    pub(super) data: Vec<u8>,
    pub(super) flags: u32,
    pub(super) options: HashMap<&'static str, Variant<'static>>,
}

/// What the broker says to it.
pub(super) type Answer = Result<Vec<u8>, Error>;

/// The keys of the broker, for a conversation that this request may begin.
pub(super) struct UnlockedBySigning {
    bus: Bus,
    request: SignRequest,
    /// The request has left if nothing is there.
    answer: Weak<Cell<Option<Answer>>>,
}

impl UnlockedBySigning {
    /// For one conversation, and where the answer to `request` is when that has ended. There is
    /// none if the conversation was another request's.
    pub(super) fn new(bus: Bus, request: SignRequest) -> (Self, Rc<Cell<Option<Answer>>>) {
        let answer = Rc::default();
        let keys = Self {
            bus,
            request,
            answer: Rc::downgrade(&answer),
        };
        (keys, answer)
    }

    async fn sign(&self, broker: &Broker, fingerprint: &str, pin: &Pin) -> Answer {
        let keys = broker.keys();
        let number = pin::send(keys, pin).await?;
        let SignRequest {
            data,
            flags,
            options,
        } = &self.request;
        let mut options = options.clone();
        options.insert(option::PIN, Variant::from(number));
        Ok(keys.sign(fingerprint, data, *flags, &options).await?)
    }
}

impl Locked for UnlockedBySigning {
    async fn comment(&self, fingerprint: &str) -> Option<String> {
        self.bus.broker().await.ok()?.comment(fingerprint).await
    }

    /// Other requests wait for the same PIN. If the broker refuses this one for a reason of its
    /// own, or it has left, the PIN is checked by itself.
    async fn unlock(&self, fingerprint: &str, pin: &Pin) -> Result<(), Error> {
        // A person took their time, in which a quiet channel may have ended.
        let broker = self.bus.broker().await?;
        let Some(answer) = self.answer.upgrade() else {
            return broker.unlock(fingerprint, pin).await;
        };
        let refused = match self.sign(&broker, fingerprint, pin).await {
            Err(error) if concerns_request_alone(error.kind()) => error,
            signed => return signed.map(|signature| answer.set(Some(Ok(signature)))),
        };
        broker.unlock(fingerprint, pin).await?;
        // An older broker does not know the option, and signs now.
        if refused.kind() != ErrorKind::InvalidArgs {
            answer.set(Some(Err(refused)));
        }
        Ok(())
    }
}

fn concerns_request_alone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotAuthorized
            | ErrorKind::InteractiveAuthorizationRequired
            | ErrorKind::AuthorizationUnavailable
            | ErrorKind::LimitsExceeded
            | ErrorKind::InvalidArgs
            | ErrorKind::UnknownData
            | ErrorKind::UnsupportedAlgorithm
            | ErrorKind::PurposeNotPermitted
            | ErrorKind::NamespaceNotPermitted
            | ErrorKind::DestinationNotPermitted
            | ErrorKind::ForwardingNotPermitted
    )
}
