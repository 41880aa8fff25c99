//! Measuring how fast the TPM is.

use std::time::{Duration, Instant};

use ssh_key::EcdsaCurve;

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::measurement::{Measurement, PATIENCE, TURNS, TrialKey};
use crate::policy::Permit;
use crate::ports::{Clock as _, Measuring as _, Ports, Tpm as _, TpmError};
use crate::quota::LimitError;
use crate::requests::MeasureTpm;
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::measured::Measured;

const P256: Algorithm = Algorithm::Ecdsa(EcdsaCurve::NistP256);
const RSA2048: Algorithm = Algorithm::Rsa(RsaBits::B2048);

impl<P: Ports> Service<P> {
    /// Measures what the TPM takes for the commands of a login, one measurement at a time. Each
    /// command, or each use of a key, takes a turn of the caller's at the TPM. No key is kept.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to, another measurement is under way, or the TPM fails.
    pub async fn measure_tpm(&self, caller: Caller, with_rsa: bool) -> Result<Measurement, Error> {
        let _request = self.admit(&caller)?;
        let user = caller.owner.clone();
        // No administrator is asked for a password only to learn of another measurement.
        drop(self.measuring.try_lock().ok_or(LimitError::Measurements)?);
        let permit = self.authorize(MeasureTpm { caller, with_rsa }).await?;
        let alone = self.measuring.try_lock();
        let _alone = alone.ok_or(LimitError::Measurements)?;
        let offered = self.ports.tpm().look(&user).await?.algorithms;
        let mut run = Run {
            ports: &self.ports,
            permit: &permit,
            measurement: Measurement::default(),
        };
        let rsa = match with_rsa && offered.contains(&RSA2048) {
            true => Some(run.create(RSA2048, Measured::CreateRsa2048).await?),
            false => None,
        };
        let start = self.ports.clock().monotonic();
        for turn in 0..TURNS {
            if turn > 0 && self.is_late(start) {
                break;
            }
            run.turn(offered.contains(&P256), rsa.as_ref()).await?;
        }
        Ok(run.measurement)
    }

    /// How long the TPM took for a P-256 signature, of the first ones since the broker's start.
    pub fn signature_time(&self) -> Option<Duration> {
        self.ports.tpm().signature_time()
    }

    fn is_late(&self, start: Instant) -> bool {
        self.ports.clock().monotonic().duration_since(start) >= PATIENCE
    }
}

/// A measurement under way.
struct Run<'s, P> {
    ports: &'s P,
    permit: &'s Permit<MeasureTpm>,
    measurement: Measurement,
}

impl<P: Ports> Run<'_, P> {
    /// Each command once.
    async fn turn(&mut self, p256: bool, rsa: Option<&TrialKey>) -> Result<(), TpmError> {
        let took = self.ports.tpm().time_round_trip(self.permit).await?;
        self.measurement.note(Measured::RoundTrip, took);
        let took = self.ports.tpm().time_session(self.permit).await?;
        self.measurement.note(Measured::Session, took);
        if p256 {
            let key = self.create(P256, Measured::CreateP256).await?;
            self.use_once(&key, Measured::LoadP256, Measured::SignP256)
                .await?;
        }
        if let Some(key) = rsa {
            self.use_once(key, Measured::LoadRsa2048, Measured::SignRsa2048)
                .await?;
        }
        Ok(())
    }

    async fn create(&mut self, of: Algorithm, measured: Measured) -> Result<TrialKey, TpmError> {
        let (key, took) = self.ports.tpm().time_create(self.permit, of).await?;
        self.measurement.note(measured, took);
        Ok(key)
    }

    async fn use_once(
        &mut self,
        key: &TrialKey,
        load: Measured,
        sign: Measured,
    ) -> Result<(), TpmError> {
        let used = self.ports.tpm().time_use(self.permit, key).await?;
        self.measurement.note(load, used.load);
        self.measurement.note(sign, used.sign);
        Ok(())
    }
}
