//! How fast the TPM is.

use std::future::Future;
use std::time::Duration;

use super::tpm::TpmError;
use crate::measurement::{TrialKey, Used};
use crate::policy::Permit;
use crate::requests::MeasureTpm;
use sshtpm_ssh::algorithm::Algorithm;

/// Commands whose time is taken. Each call is one job at the TPM, so that users have their turns
/// between them, and leaves nothing in the TPM.
pub trait Measuring: Send + Sync + 'static {
    /// How long the TPM took for a P-256 signature by a key that was ready: the median of the first
    /// ones since the broker's start. `None`: there were too few. It takes no permit: the TPM is
    /// not asked, and once there is a figure it stays, so it tells nothing of later signatures.
    fn signature_time(&self) -> Option<Duration>;

    /// The shortest command.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used.
    fn time_round_trip(
        &self,
        permit: &Permit<MeasureTpm>,
    ) -> impl Future<Output = Result<Duration, TpmError>> + Send;

    /// The start of a salted session.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used.
    fn time_session(
        &self,
        permit: &Permit<MeasureTpm>,
    ) -> impl Future<Output = Result<Duration, TpmError>> + Send;

    /// The making of a key, in the turn of such work.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used.
    fn time_create(
        &self,
        permit: &Permit<MeasureTpm>,
        algorithm: Algorithm,
    ) -> impl Future<Output = Result<(TrialKey, Duration), TpmError>> + Send;

    /// One use of a key that is not loaded.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used.
    fn time_use(
        &self,
        permit: &Permit<MeasureTpm>,
        key: &TrialKey,
    ) -> impl Future<Output = Result<Used, TpmError>> + Send;
}
