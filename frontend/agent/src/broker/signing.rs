//! One signature: the call, the question for a PIN, and what a person is told during it.
//!
//! May touch: the system bus, and the channel to the broker. Must never send a request again after
//! an error other than `PinRequired`, because the broker may have carried it out; except one that
//! the end of the broker cut short, which changes nothing if it is carried out twice.

use std::convert::Infallible;
use std::time::Duration;

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::time::sleep;

use super::keys::BrokerKeys;
use super::options::{RawKeys, sign_options};
use super::unlocked_by_signing::{Answer, SignRequest, UnlockedBySigning};
use crate::asker::Asker;
use crate::notify::notifier::{For, Signing};

/// How long a signature or a person may take before the person is notified. Most chips sign within
/// half a second.
const UNNOTICED: Duration = Duration::from_secs(1);

impl BrokerKeys {
    async fn ask_to_sign(
        &self,
        Signing {
            fingerprint,
            data,
            asker,
        }: Signing<'_>,
        flags: u32,
        raw_keys: RawKeys,
    ) -> Result<Vec<u8>, Error> {
        let lane = self.lanes.of(asker.origin);
        let place = lane.signs.take().await?;
        let bus = self.bus.clone();
        let (fingerprint, data) = (fingerprint.to_owned(), data.to_vec());
        let options = sign_options(asker, raw_keys);
        let call = async move {
            bus.call(async |broker| {
                let keys = broker.keys();
                keys.sign(&fingerprint, &data, flags, &options).await
            })
            .await
        };
        place.hold(call).await
    }

    /// Waits for `answer`. If it takes long because a person has to enter the PIN or to confirm the
    /// use, the person is notified. What is refused at once is no reason to call anybody.
    async fn notifying<T>(
        &self,
        signing: Signing<'_>,
        what: For,
        answer: impl Future<Output = T>,
    ) -> T {
        if !self.notifier.notifies_of_waiting() {
            return answer.await;
        }
        let notify = async {
            sleep(UNNOTICED).await;
            let _showing = match self.is_waiting(signing, what).await {
                true => self.notifier.waiting(signing, what),
                false => None,
            };
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            never = notify => match never {},
        }
    }

    async fn is_waiting(&self, signing: Signing<'_>, what: For) -> bool {
        let origin = signing.asker.origin;
        match what {
            For::Pin => true,
            For::Confirmation => {
                let look = self.confirmed.is_confirmed(signing.fingerprint, origin);
                look.await
            }
        }
    }

    /// Signs, while a person is asked if need be, and told.
    pub(super) async fn sign_shown(
        &self,
        shown: Signing<'_>,
        flags: u32,
        raw_keys: RawKeys,
    ) -> Result<Vec<u8>, Error> {
        let (fingerprint, asker) = (shown.fingerprint, shown.asker);
        let ask = async || {
            let asked = self.ask_to_sign(shown, flags, raw_keys);
            self.notifying(shown, For::Confirmation, asked).await
        };
        let signing = async {
            let unlocked = self.prompts.unlocked();
            let mut answer = ask().await;
            if needs_pin(&answer) && self.prompts.unlocked() != unlocked {
                answer = ask().await;
            }
            // A request gives up its place at the broker while a person is asked.
            if needs_pin(&answer) {
                let request = SignRequest {
                    data: shown.data.to_owned(),
                    flags,
                    options: sign_options(asker, raw_keys),
                };
                let unlocked = self.unlock(fingerprint, asker, request);
                answer = match self.notifying(shown, For::Pin, unlocked).await? {
                    Some(answer) => answer,
                    None => ask().await,
                };
            }
            answer
        };
        // Locking the agent ends requests that wait for a person, a place or the TPM.
        let signed = tokio::select! {
            biased;
            () = self.lock.locked() => Err(locked()),
            signed = signing => signed,
        };
        if signed.is_ok() {
            self.notifier.used(shown);
        }
        let lane = self.lanes.of(asker.origin);
        signed.inspect_err(|error| lane.report_signing(fingerprint, error))
    }

    /// Has a person asked for the PIN. Returns the answer to `request`, which is the check of the
    /// PIN; `None` if the broker accepted the PIN by itself, or with another request.
    async fn unlock(
        &self,
        fingerprint: &str,
        asker: &Asker,
        request: SignRequest,
    ) -> Result<Option<Answer>, Error> {
        let (unlocked_by, answer) = UnlockedBySigning::new(self.bus.clone(), request);
        self.prompts.unlock(fingerprint, asker, unlocked_by).await?;
        Ok(answer.take())
    }
}

fn needs_pin<T>(answer: &Result<T, Error>) -> bool {
    let error = answer.as_ref().err();
    error.is_some_and(|error| error.kind() == ErrorKind::PinRequired)
}

fn locked() -> Error {
    let text = "the agent was locked during the request; unlock it with `ssh-add -X`";
    Error::new(ErrorKind::NotAuthorized, text)
}
