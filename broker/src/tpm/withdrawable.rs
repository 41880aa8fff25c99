//! An operation that can be withdrawn for as long as it was not begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use sshtpm_core::error::TpmError;

/// An operation that tells when it is begun.
pub(super) struct Withdrawable<O> {
    operation: O,
    begun: Arc<AtomicBool>,
}

/// Knows whether it was begun.
pub(super) struct Begun(Arc<AtomicBool>);

impl<O: Operation> Withdrawable<O> {
    pub(super) fn new(operation: O) -> (Self, Begun) {
        let begun = Arc::new(AtomicBool::new(false));
        let watched = Begun(Arc::clone(&begun));
        (Self { operation, begun }, watched)
    }
}

impl Begun {
    /// The outcome of `work`, or nothing of it if `left` ended before it was begun. A TPM that
    /// hangs in the middle of it is told from one that hung before.
    pub(super) async fn or_withdrawn<T>(
        &self,
        work: impl Future<Output = Result<T, TpmError>>,
        left: impl Future<Output = ()>,
    ) -> Result<T, TpmError> {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            biased;
            outcome = &mut work => return self.said(outcome),
            () = left => {}
        }
        if self.is_so() {
            let outcome = work.await;
            self.said(outcome)
        } else {
            Err(TpmError::CallerGone)
        }
    }

    fn said<T>(&self, outcome: Result<T, TpmError>) -> Result<T, TpmError> {
        match outcome {
            Err(TpmError::Unavailable(reason)) if self.is_so() => Err(TpmError::CutOff(reason)),
            outcome => outcome,
        }
    }

    fn is_so(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl<O: Operation> Operation for Withdrawable<O> {
    type Output = O::Output;

    fn run(&self, device: &mut Device) -> Result<O::Output, Failure> {
        self.begun.store(true, Ordering::Release);
        self.operation.run(device)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn begun(yes: bool) -> Begun {
        Begun(Arc::new(AtomicBool::new(yes)))
    }

    async fn slow() -> Result<u8, TpmError> {
        tokio::task::yield_now().await;
        Ok(7)
    }

    #[tokio::test]
    async fn who_leaves_before_it_was_begun_takes_it_along() {
        let outcome = begun(false).or_withdrawn(slow(), ready(())).await;
        assert_eq!(outcome, Err(TpmError::CallerGone));
    }

    #[tokio::test]
    async fn what_was_begun_is_carried_to_its_end() {
        let outcome = begun(true).or_withdrawn(slow(), ready(())).await;
        assert_eq!(outcome, Ok(7));
    }

    #[tokio::test]
    async fn a_tpm_that_hangs_in_the_middle_is_told_from_one_that_hung_before() {
        let hung = || async { Err::<u8, _>(TpmError::Unavailable("hung".to_owned())) };
        let before = begun(false).or_withdrawn(hung(), pending()).await;
        assert_eq!(before, Err(TpmError::Unavailable("hung".to_owned())));
        let amid = begun(true).or_withdrawn(hung(), pending()).await;
        assert_eq!(amid, Err(TpmError::CutOff("hung".to_owned())));
    }

    #[tokio::test]
    async fn who_stays_has_the_outcome() {
        let outcome = begun(false).or_withdrawn(slow(), pending()).await;
        assert_eq!(outcome, Ok(7));
    }
}
