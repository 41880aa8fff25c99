//! A TPM that takes the time that a test wrote down.

use std::time::Duration;

use super::{Answer, Call, Fakes, unfit};
use crate::measurement::{TrialKey, Used};
use crate::policy::Permit;
use crate::ports::{Measuring, TpmError};
use crate::requests::MeasureTpm;
use sshtpm_ssh::algorithm::Algorithm;

impl Measuring for Fakes {
    fn signature_time(&self) -> Option<Duration> {
        None
    }

    async fn time_round_trip(&self, _permit: &Permit<MeasureTpm>) -> Result<Duration, TpmError> {
        self.timed(&Call::TimeRoundTrip).await
    }

    async fn time_session(&self, _permit: &Permit<MeasureTpm>) -> Result<Duration, TpmError> {
        self.timed(&Call::TimeSession).await
    }

    async fn time_create(
        &self,
        _permit: &Permit<MeasureTpm>,
        algorithm: Algorithm,
    ) -> Result<(TrialKey, Duration), TpmError> {
        let call = Call::TimeCreate(algorithm);
        match self.answer(&call) {
            Answer::MadeToTry(key, took) => Ok((TrialKey::new(algorithm, *key), took)),
            answer => unfit(&call, answer).await,
        }
    }

    async fn time_use(
        &self,
        _permit: &Permit<MeasureTpm>,
        key: &TrialKey,
    ) -> Result<Used, TpmError> {
        let call = Call::TimeUse(key.clone());
        match self.answer(&call) {
            Answer::TookToUse(used) => Ok(used),
            answer => unfit(&call, answer).await,
        }
    }
}

impl Fakes {
    async fn timed(&self, call: &Call) -> Result<Duration, TpmError> {
        match self.answer(call) {
            Answer::Took(result) => {
                self.pass(result.clone().unwrap_or_default());
                result
            }
            answer => unfit(call, answer).await,
        }
    }
}
