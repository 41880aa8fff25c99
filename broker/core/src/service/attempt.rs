//! Passing a PIN on to the TPM: counted before, and settled afterwards.

use std::time::Duration;

use super::Service;
use crate::error::Error;
use crate::pins::{Attempt, KeyId, PinError, Try};
use crate::ports::{Clock as _, Ports, StoreError, TpmError};

impl<P: Ports> Service<P> {
    /// Has `passed_on` pass a PIN of `key` to the TPM, with the number of the user's possibly
    /// wrong tries there, and has `settle` settle what became of it. The try is on the disk as a
    /// wrong one before the TPM sees it, so that ending the broker in the meantime gains nothing.
    ///
    /// # Errors
    ///
    /// No PIN may be tried now, the try cannot be written down, or the TPM or `settle` fails.
    pub(super) async fn attempt<T, F>(
        &self,
        key: KeyId,
        passed_on: impl FnOnce(usize) -> F,
        settle: impl FnOnce(Try<'_>, Attempt<T>, Duration) -> Result<T, PinError>,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<Attempt<T>, TpmError>>,
    {
        let uid = key.0.uid();
        let begun = self.pins.begin(key, self.ports.clock().since_boot())?;
        if self.keep_counts(uid).await.is_err() {
            begun.never_was();
            return Err(StoreError::NotCounted.into());
        }
        let answer = passed_on(begun.own()).await;
        let settled = match reached(begun, answer) {
            Ok((begun, attempt)) => {
                let now = self.ports.clock().since_boot();
                settle(begun, attempt, now).map_err(Error::from)
            }
            Err(error) => Err(error),
        };
        self.keep_counts_if_possible(uid).await;
        settled
    }
}

/// Takes a try back if no PIN was passed on. What a caller can bring about here costs the TPM no
/// try.
fn reached<'a, T>(
    begun: Try<'a>,
    answer: Result<Attempt<T>, TpmError>,
) -> Result<(Try<'a>, Attempt<T>), Error> {
    match answer {
        Ok(attempt) => Ok((begun, attempt)),
        Err(error) => {
            match error {
                TpmError::Unavailable(_)
                | TpmError::ParentUnavailable(_)
                | TpmError::KeyLost
                // The TPM takes no PIN of a key that it does not load.
                | TpmError::NotOfThisTpm
                | TpmError::OtherPcrs(_)
                | TpmError::InLockout
                | TpmError::CallerGone
                | TpmError::Limit(_) => begun.never_was(),
                TpmError::Failed
                | TpmError::CutOff(_)
                | TpmError::BadSignature
                | TpmError::NoSuchPcrs(_)
                | TpmError::NotThesePcrs(_)
                | TpmError::UnsaidPin
                | TpmError::NotItsSeed
                | TpmError::WrongPin
                | TpmError::NoRoom(_)
                | TpmError::OwnerHasPassword
                | TpmError::HierarchyHasPassword(_)
                | TpmError::HierarchyDisabled(_)
                | TpmError::EndorsementHasPassword
                | TpmError::NoSuchEndorsementKey
                | TpmError::BadCredential => drop(begun),
            }
            Err(error.into())
        }
    }
}
